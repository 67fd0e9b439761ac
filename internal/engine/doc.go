// Package engine is the money protocol: look, claim, send, classify, resolve. It knows
// claims, outcomes, conditions and requeues, and nothing about cards.
//
// An Effect is one thing to be done at the issuer exactly once. Pursue brings it to a
// certain end over as many reconciles, crashes and leaders as that takes:
//
//   - nothing is sent that was not looked for first, and claimed in status.intent under
//     the object's resourceVersion;
//   - a claim that was not sent within Timing.Window is never sent, it is looked for;
//   - an effect whose outcome is unknown is looked for until it is found, or until its
//     absence can be believed; only then is the same id sent again.
//
// The decisions are pure functions (Judge in protocol.go, Explain in problem.go); the
// effects on the API server are in pursue.go, save.go and runner.go.
package engine
