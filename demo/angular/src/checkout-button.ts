import {
  booleanAttribute,
  Directive,
  ElementRef,
  EventEmitter,
  Input,
  inject,
  type OnChanges,
  Output,
  type SimpleChanges,
} from '@angular/core'
import type {
  CheckoutButton,
  CheckoutCloseEvent,
  CheckoutFailureEvent,
  CheckoutOpenEvent,
  CheckoutPendingEvent,
  CheckoutSuccessEvent,
} from 'checkout-button'
import 'checkout-button'

// Angular binds to any custom element, but checks nothing that it has not been told. To have templates checked, keep this file.

@Directive({ selector: 'checkout-button' })
export class CheckoutButtonTypes implements OnChanges {
  @Input() server: CheckoutButton['server']
  @Input() order: CheckoutButton['order']
  @Input() country: CheckoutButton['country']
  @Input() methods: CheckoutButton['methods']
  @Input() layout?: CheckoutButton['layout']
  @Input() surface?: CheckoutButton['surface']
  @Input('success-url') successUrl: CheckoutButton['successUrl']
  @Input({ transform: booleanAttribute }) disabled?: boolean
  @Input({ alias: 'refuse-when-framed', transform: booleanAttribute }) refuseWhenFramed?: boolean
  @Input() offer: CheckoutButton['offer']
  @Input() labels: CheckoutButton['labels']

  // They never emit: Angular listens to the element itself under the same names.
  @Output('checkout-open') readonly opened = new EventEmitter<CheckoutOpenEvent>()
  @Output('checkout-close') readonly closed = new EventEmitter<CheckoutCloseEvent>()
  @Output('checkout-pending') readonly pending = new EventEmitter<CheckoutPendingEvent>()
  @Output('checkout-success') readonly succeeded = new EventEmitter<CheckoutSuccessEvent>()
  @Output('checkout-failure') readonly failed = new EventEmitter<CheckoutFailureEvent>()

  readonly #element: CheckoutButton = inject(ElementRef).nativeElement

  ngOnChanges(changes: SimpleChanges): void {
    for (const [name, { currentValue }] of Object.entries(changes)) Object.assign(this.#element, { [name]: currentValue })
  }
}
