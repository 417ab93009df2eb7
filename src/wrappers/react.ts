'use client'

import {
  type ClassAttributes,
  createElement,
  type ForwardRefExoticComponent,
  forwardRef,
  type HTMLAttributes,
  type RefAttributes,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
} from 'react'
import type { CheckoutButton as CheckoutElement, CheckoutEventMap } from '../index.js'
import '../index.js'

// React 18 gives a custom element attributes and nothing else; React 19 gives it properties and events too, but not where it takes over what
// a server rendered (react/react#35446). So this component hands both over by itself, the same way in every React, and a page that is
// rendered in the browser by React 19 needs none of it but the types: there the tag will do.

type Setting = 'server' | 'order' | 'country' | 'methods' | 'layout' | 'surface' | 'successUrl' | 'disabled'
type Property = 'offer' | 'labels'
type Named<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `on${Capitalize<Head>}${Capitalize<Tail>}`
  : never
type Common = Omit<HTMLAttributes<CheckoutElement>, Setting | Property>

/** What {@link CheckoutButton} takes: the element's attributes and properties as it names its properties, and its events. */
export type CheckoutButtonProps = Common & { [Name in Setting | Property]?: CheckoutElement[Name] | undefined } & {
  [Name in keyof CheckoutEventMap as Named<Name>]?: ((event: CheckoutEventMap[Name]) => void) | undefined
}

/** What the tag itself takes, where React 19 renders it: attributes as HTML names them, the two properties, and its events. */
export type CheckoutButtonAttributes = ClassAttributes<CheckoutElement> &
  Common & {
    [Name in Setting | Property as Name extends 'successUrl' ? 'success-url' : Name]?: CheckoutElement[Name] | undefined
  } & { [Name in keyof CheckoutEventMap as `on${Name}`]?: ((event: CheckoutEventMap[Name]) => void) | undefined }

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'checkout-button': CheckoutButtonAttributes
    }
  }
}

const handlers = {
  onCheckoutOpen: 'checkout-open',
  onCheckoutClose: 'checkout-close',
  onCheckoutPending: 'checkout-pending',
  onCheckoutSuccess: 'checkout-success',
  onCheckoutFailure: 'checkout-failure',
} as const satisfies { [Name in keyof CheckoutEventMap as Named<Name>]: Name }
type Handler = keyof typeof handlers

/** React 18 complains of the other one on a server, where neither runs. */
const useCommit = typeof document === 'undefined' ? useEffect : useLayoutEffect

/** `<checkout-button>` for React 18 and 19, also rendered on a server. A ref is the element. */
export const CheckoutButton: ForwardRefExoticComponent<CheckoutButtonProps & RefAttributes<CheckoutElement>> = forwardRef<
  CheckoutElement,
  CheckoutButtonProps
>(function CheckoutButton(props, ref) {
  const { offer, labels, successUrl, disabled, className, ...rest } = props
  const element = useRef<CheckoutElement>(null)
  const current = useRef(props)
  useImperativeHandle(ref, () => element.current as CheckoutElement)

  // Before the element first draws itself, so that it fetches nothing where an offer is given.
  useCommit(() => {
    current.current = props
    if (element.current) Object.assign(element.current, { offer, labels })
  })
  useCommit(() => {
    const target = element.current
    const heard = new AbortController()
    for (const [handler, type] of Object.entries(handlers))
      target?.addEventListener(
        type,
        (event) => (current.current[handler as Handler] as EventListener | undefined)?.(event),
        heard,
      )
    return () => heard.abort()
  }, [])

  const attributes = Object.entries(rest).filter(([name]) => !(name in handlers))
  return createElement('checkout-button', {
    ...Object.fromEntries(attributes),
    ...{ ref: element, class: className, 'success-url': successUrl },
    disabled: disabled || undefined, // React 18 would write "false", and any value of it disables
  })
})
