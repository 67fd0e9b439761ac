// Package transport is the HTTP that every issuer adapter stands on. It knows no
// dialect: it bounds, paces, guards and classifies one exchange.
//
//   - AllowList says where credentials may go, and the dialer enforces it on the
//     resolved address, so that a name cannot be rebound to an inner one.
//   - Gate paces one issuer account: its rate, its parks, and who goes first.
//   - Client makes one exchange. A mutating request has a body that can be read once
//     and only while its Permit lasts, so nothing below can send it twice or late.
//   - Block keeps refused credentials from being tried again and again.
//
// An error of this package is an *issuer.Error and quotes neither the URL, nor a
// header, nor a body.
package transport
