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

/** All that the element takes of its own; `lang` is HTML's. */
type Setting =
  | ('server' | 'order' | 'country' | 'methods' | 'layout' | 'surface' | 'successUrl')
  | ('disabled' | 'refuseWhenFramed' | 'offer' | 'labels')
type Named<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `on${Capitalize<Head>}${Capitalize<Tail>}`
  : never
type Common = Omit<HTMLAttributes<CheckoutElement>, Setting>

const hyphenated = { successUrl: 'success-url', refuseWhenFramed: 'refuse-when-framed' } as const
type Hyphenated<Name> = Name extends keyof typeof hyphenated ? (typeof hyphenated)[Name] : Name

/** What {@link CheckoutButton} takes: the element's attributes and properties as it names its properties, and its events. */
export type CheckoutButtonProps = Common & { [Name in Setting]?: CheckoutElement[Name] | undefined } & {
  [Name in keyof CheckoutEventMap as Named<Name>]?: ((event: CheckoutEventMap[Name]) => void) | undefined
}

type Properties = 'offer' | 'labels'
type Attributes = { [Name in Exclude<Setting, Properties> as Hyphenated<Name>]?: CheckoutElement[Name] | undefined }
type PropertiesAndEvents = { [Name in Properties]?: CheckoutElement[Name] | undefined } & {
  [Name in keyof CheckoutEventMap as `on${Name}`]?: ((event: CheckoutEventMap[Name]) => void) | undefined
}
/** Of React 18, which would write a property's object out as text and hear no event of the tag, only what HTML can say. */
type SinceReact19<Type> = typeof import('react') extends { use: unknown } ? Type : unknown

/** What the tag itself takes: attributes as HTML names them, and where React 19 renders it the two properties and its events. */
export type CheckoutButtonAttributes = ClassAttributes<CheckoutElement> &
  Common &
  Attributes &
  SinceReact19<PropertiesAndEvents>

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
  const { offer, labels, disabled, refuseWhenFramed, className, ...rest } = props
  const element = useRef<CheckoutElement>(null)
  const current = useRef(props)
  useImperativeHandle(ref, () => element.current as CheckoutElement)

  useCommit(() => {
    current.current = props
    if (element.current) element.current.labels = labels
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

  const attributes = Object.entries({
    ...rest,
    disabled: disabled || undefined,
    refuseWhenFramed: refuseWhenFramed || undefined,
  })
    .filter(([name]) => !(name in handlers))
    .map(([name, value]) => [hyphenated[name as keyof typeof hyphenated] ?? name, value])
  return createElement('checkout-button', {
    ...Object.fromEntries(attributes), // the two above: React 18 would write "false", and any value of theirs is a yes
    ...{ ref: element, class: className },
    // In HTML no case counts, and only so React 19 leaves it an attribute, which a server writes too: where the browser takes over what was
    // rendered there, the element is awake before React, and would ask for what the page has.
    OFFER: offer && JSON.stringify(offer),
  })
})
