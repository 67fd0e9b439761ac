// Package qitech speaks QI Tech's prepaid card API (Banking-as-a-Service) over the
// sandbox's ledger: virtual cards under /prepaid/card, the connection test under /test
// and the simulated purchase of the vendor's own sandbox under /mock/card/authorization.
//
// Every request is signed (see verifier), and the document is followed to the letter
// where it shows something, quirks included: creating a card takes no id of the caller's,
// so asking twice makes two; the answer carries no card number; CARD000009 says "try again
// later" whether or not the card was made; lists leave out the last digits and always
// name a next page; a card spends its account's balance directly; its CVV is renewed on
// schedule; an unknown API key is a 404 as an unknown card is. Where the document is
// silent, the choice is an option, or is written at the code that makes it.
//
// Only virtual cards are issued: an order for plastic is refused as QIT000001, and the
// calls for PINs, contactless, delivery and activation are answered as endpoints that the
// client was not granted.
//
// Some words in a printed name steer the issuer (see Word), beside the ledger's REFUSE.
package qitech
