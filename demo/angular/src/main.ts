import { provideZonelessChangeDetection } from '@angular/core'
import { bootstrapApplication } from '@angular/platform-browser'
import { Cart } from './cart'

bootstrapApplication(Cart, { providers: [provideZonelessChangeDetection()] }).catch(console.error)
