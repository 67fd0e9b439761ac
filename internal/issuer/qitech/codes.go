package qitech

import "github.com/card-operator/card-operator/internal/issuer"

// meaning is what one of the issuer's codes says: its class, and in our own words what to
// do. The issuer's description embeds keys and is not repeated.
type meaning struct {
	class  issuer.Class
	advice string
}

// codes are those of §2.4 and §5. The code decides, not the HTTP status: a 404 may mean
// unknown credentials, a 400 that it may have been done.
var codes = map[string]meaning{
	"GDF000003":   {issuer.Unauthorized, "the request names no API key; check the Secret's key apiKey"},
	"GDF000014":   {issuer.Unauthorized, "the signature is not accepted, or this call is not granted to the integration; check the Secret's keys apiKey and privateKey, and the grants in the issuer's portal"},
	"GDF000018":   {issuer.Unauthorized, "the API key is unknown; check the Secret's key apiKey, and that spec.qitech.baseURL is the environment that it is of"},
	"QIT000001":   {issuer.Invalid, "the request does not fit the issuer's schema; check the VirtualCard's spec.cardholder and spec.cvvRotationInterval"},
	"CARD000005":  {issuer.Invalid, "the program is unknown; check the CardIssuer's spec.qitech.programKey"},
	"CARD000006":  {issuer.Invalid, "the account is unknown; check the CardIssuer's spec.qitech.accountKey"},
	"CARD000007":  {issuer.Invalid, "the program is not for this kind of person; use another spec.qitech.programKey, or ask the issuer"},
	"CARD000008":  {issuer.Invalid, "the account's holder is not in a status that may have cards; ask the issuer"},
	"CARD000009":  {issuer.Ambiguous, "the issuer could not say whether the card was made"},
	"CARD000010":  {issuer.Invalid, "the account's owner is unknown; ask the issuer"},
	"CARD000011":  {issuer.NotFound, "the card is unknown to this account"},
	"CARD000012":  {issuer.Unavailable, "the card cannot be revealed now"},
	"CARD000013":  {issuer.Invalid, "the card's status does not allow this change"},
	"CARD000014":  {issuer.Invalid, "the change makes no sense in the card's status"},
	"CARD000015":  {issuer.Ambiguous, "the card could not be changed now"},
	"CARD000016":  {issuer.Unavailable, "the card cannot be read now"},
	"CARD000017":  {issuer.Invalid, "the card cannot be activated in its status"},
	"CARD000018":  {issuer.Ambiguous, "the card could not be activated now"},
	"CARD000020":  {issuer.Invalid, "the activation code is not the card's"},
	"CARD000021":  {issuer.Invalid, "the list names no account; this is a fault of the operator"},
	"CARD000022":  {issuer.Invalid, "the list refuses a page of this size; set the CardIssuer's spec.qitech.pageSize to fewer rows"},
	"CARD000023":  {issuer.Invalid, "only plastic cards can do this"},
	"CARD000024":  {issuer.Ambiguous, "the PIN could not be changed now"},
	"CARD000025":  {issuer.Invalid, "the status is not one that can be set"},
	"CARD000026":  {issuer.Ambiguous, "contactless payments could not be changed now"},
	"CARD000032":  {issuer.Forbidden, "the program makes no virtual cards; use another spec.qitech.programKey"},
	"TRACK000011": {issuer.NotFound, "there is nothing to track"},
	"TRACK000016": {issuer.Unavailable, "the tracking cannot be read now"},
}
