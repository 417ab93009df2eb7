import { Component, CUSTOM_ELEMENTS_SCHEMA, signal } from '@angular/core'
import { CheckoutButtonTypes } from './checkout-button'

@Component({
  selector: 'app-cart',
  imports: [CheckoutButtonTypes],
  schemas: [CUSTOM_ELEMENTS_SCHEMA],
  template: `
    <h1>Gold membership</h1>
    <label><input type="checkbox" (change)="isAgreed.set(!isAgreed())" /> I accept the terms</label>
    @if (isOpen()) {
      <checkout-button
        server="/checkout"
        [order]="order"
        [labels]="labels"
        [disabled]="!isAgreed()"
        (checkout-open)="said.set('You chose ' + $event.method + '.')"
        (checkout-success)="said.set('Thank you! Your receipt is ' + $event.checkoutId + '.')"
      />
    }
    <p>{{ said() }}</p>
    <button type="button" (click)="isOpen.set(!isOpen())">{{ isOpen() ? 'Back to the shop' : 'To the cart' }}</button>
  `,
})
export class Cart {
  readonly order = new URLSearchParams(location.search).get('order') ?? 'order-4711'
  readonly labels = { payWith: 'Settle by' }
  readonly isOpen = signal(true)
  readonly isAgreed = signal(false)
  readonly said = signal('')
}
