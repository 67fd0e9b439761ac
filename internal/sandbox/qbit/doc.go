// Package qbit speaks the Qbit v1 dialect (Quantum Card, 量子卡) over the sandbox's
// ledger: every call of the cards document under /open-api/v1, the two-step login, and
// the /balances and /accounts calls that the resources document describes.
//
// The document is followed to the letter where it shows something, quirks included: some
// answers are enveloped {code, message, data}, some are {"data": ...} alone, /cards/info
// is bare; two lists are flat and the others nested; DELETE and one GET carry a JSON
// body; transfers and holds are headed POST and sampled PUT. Where it is silent, the
// choice is written at the code that makes it.
package qbit
