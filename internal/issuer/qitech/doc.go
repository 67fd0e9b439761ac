// Package qitech speaks QI Tech's prepaid card API (Banking as a Service): signed requests,
// cards that spend their account's money, and a CVV that is renewed. What it assumes is in
// Capabilities.Assumed. Section numbers in comments are those of docs/issuers/qitech.md.
package qitech
