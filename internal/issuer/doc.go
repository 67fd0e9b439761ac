// Package issuer is the port: what any card issuer can do, in neutral terms, what each
// call promises, and the classes of its errors. Adapters (internal/issuer/qbit and its
// siblings) implement it; nothing above knows which issuer it talks to.
//
// # Rules for an adapter
//
//   - A list is complete or it is an error. An adapter that cannot be sure that it saw
//     every row returns an error of class Malformed or Unavailable, never a short list:
//     the engine concludes from absence.
//   - A mutating call is sent at most once per invocation. Nothing below the engine
//     repeats it.
//   - A mutating call that takes a Permit is not put on the wire after Permit.NotAfter; one
//     that takes none is bounded by the context's (PermitOf), which the transport looks after.
//     The adapter checks after it has waited for its rate limiter.
//   - The error of a mutating call is Ambiguous unless the issuer definitely answered,
//     or the request definitely never left. See OutcomeOf.
//   - An issuer's answer is hostile input: bounded, strictly decoded, never quoted raw.
//   - A call for something the issuer lacks answers Unsupported without a request, and
//     Capabilities says so beforehand.
package issuer
