// Package notify sends the sandbox's webhooks: what happens to cards and their
// transactions, signed as each issuer's document says, to a URL.
//
//	POST /sandbox/webhooks   {"event": "otp", "cardId": "…", "code": "123456", "expiresIn": "5m"}
//	                         {"event": "card", "cardId": "…", "fault": "corrupt"}
//	                         answers 202 {"id"}
//	GET  /sandbox/webhooks   how many were queued, delivered, tried again, given up, dropped
//
// The fault of one message, or of some by chance, is one of duplicate, delay, corrupt,
// unsigned and stale. Delivery is asynchronous and in no order, as the issuers' is: a message
// that is refused is tried again a few times, one that finds the queue full is dropped.
//
// The signing here and the checking in the adapters are written apart, so that each tests
// the other.
package notify
