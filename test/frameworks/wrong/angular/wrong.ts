import { Component, CUSTOM_ELEMENTS_SCHEMA } from '@angular/core'
import { CheckoutButtonTypes } from './checkout-button'

@Component({
  selector: 'app-wrong',
  imports: [CheckoutButtonTypes],
  schemas: [CUSTOM_ELEMENTS_SCHEMA],
  template: `
    <checkout-button
      success-url="/thanks"
      surface="popup"
      [labels]="{ pay: 'Buy' }"
      class="wide"
      slot="pay"
      disabled
      refuse-when-framed
      (checkout-failure)="hear($event.error.code)"
    />
    <checkout-button layout="rows" /><!-- WRONG -->
    <checkout-button [labels]="{ buy: 'Buy' }" /><!-- WRONG -->
    <checkout-button [offer]="'none'" /><!-- WRONG -->
    <checkout-button (checkout-success)="hear($event.amount)" /><!-- WRONG -->
  `,
})
export class Wrong {
  hear(_: string): void {}
}
