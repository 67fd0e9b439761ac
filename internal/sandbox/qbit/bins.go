package qbit

import (
	"github.com/card-operator/card-operator/internal/sandbox/httpjson"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

// binRow is a CardBin. One BIN appears once per type.
type binRow struct {
	BIN           string `json:"bin"`
	Type          string `json:"type"`
	Network       string `json:"network"`
	IssuerCountry string `json:"issuerCountry"`
	Verification  struct {
		AVS     bool `json:"avs"`
		ThreeDS bool `json:"threeDs"`
	} `json:"verification"`
	PurchaseLimit struct {
		Day    string `json:"day"`
		Single string `json:"single"`
	} `json:"purchaseLimit"`
}

// bins is 获取可用的卡BIN信息.
func (h *Handler) bins(*call) (any, error) { return ok(httpjson.Rows(h.ledger.BINs(), binRowOf)), nil }

func binRowOf(b ledger.BIN) binRow {
	row := binRow{BIN: b.Number, Type: kindName(b.Type), Network: b.Network, IssuerCountry: b.IssuerCountry}
	row.Verification.AVS, row.Verification.ThreeDS = b.AVS, b.ThreeDS
	row.PurchaseLimit.Day, row.PurchaseLimit.Single = b.DayLimit, b.SingleLimit
	return row
}
