// Package qitech speaks QI Tech's prepaid card API (Banking as a Service): signed requests,
// cards that spend their account's money, and a CVV that is renewed. What it assumes is in
// Capabilities.Assumed, and so in docs/issuers.md. The marks in comments: §2 signing, §3 calls,
// §4 statuses, §5 errors, §6 webhooks.
package qitech
