package qitech

import "github.com/card-operator/card-operator/internal/issuer"

// Capabilities implements issuer.Issuer. Cards spend their account's money: there is nothing
// to fund, to hold or to pay out.
func (c *Client) Capabilities() issuer.Capabilities {
	return issuer.Capabilities{
		Name: "QI Tech",
		Features: map[issuer.Feature]bool{
			issuer.FeaturePrepaidCards: true,
			issuer.FeatureFreeze:       true,
			issuer.FeatureReveal:       true,
			issuer.FeatureCVVRotation:  true,
			issuer.FeatureWebhooks:     c.public != nil,
		},
		// A card's name has room for the token and nothing else.
		PageRows: c.options.PageSize,
		MaxLabel: maxCardName,
		Assumed:  assumed,
	}
}

var assumed = []issuer.Assumption{
	{What: "A request's signature covers path and query exactly as they are sent.", Option: "`spec.qitech.signedURI`"},
	{What: "The MD5 of a body is that of the very bytes that are sent.", Option: "none; ask QI Tech"},
	{What: "A webhook's uri claim is the path that it was posted to.", Option: "`spec.qitech.webhookURI`, where an ingress rewrites it"},
	{What: "A webhook's time may be 5 minutes old and 1 minute ahead.", Option: "none; keep nodes synchronised"},
	{What: "A card that was ordered shows in the list, with its card_name, within two minutes.", Option: "`spec.assumptions.issuingLag`"},
	{What: "Virtual cards become active by themselves.", Option: "none; the card stays Pending until then"},
	{What: "A card is ended with status canceled, frozen with blocked and released with active.", Option: "none; a refusal is shown with its code"},
	{What: "A CVV is another one after `valid_until`, or after its interval if that is sooner.", Option: "`spec.cvvRotationInterval`, `spec.qitech.cvvRotationInterval`; `spec.secret.refreshInterval`, to ask more often"},
	{What: "The CVV's interval has no bounds but one hour.", Option: "`spec.cvvRotationInterval`, `spec.qitech.cvvRotationInterval`"},
	{What: "Accents are not printed: letters are folded to a–z.", Option: "`spec.cardholder`"},
	{What: "A code that is in no table may hide an effect; the documented refusals mean that nothing was done.", Option: "`spec.assumptions.issuingLag`: an order that is refused so counts as refused once nothing was listed for that long"},
	{What: "A list ends with a page that is empty, refused as `CARD000022`, or the same three times; a short page alone does not end it.", Option: "none; ask QI Tech"},
	{What: "A list page may have 50 rows.", Option: "`spec.qitech.pageSize`"},
	{What: "A CVV without a readable `valid_until` is another one after a day, or after the card's interval.", Option: "`spec.cvvRotationInterval`"},
	{What: "Five requests a second are welcome.", Option: "`spec.rateLimit`"},
	{What: "429 means that nothing was done.", Option: "none"},
}
