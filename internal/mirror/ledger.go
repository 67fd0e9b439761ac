package mirror

import (
	"context"
	"time"

	"github.com/card-operator/card-operator/internal/issuer"
)

// movements are the rows of a whole ledger by their client ids. Rows without one are nobody's
// here and are not kept.
type movements map[string][]issuer.Movement

// Movements returns every movement with a client id on any card of the account, as the issuer
// showed them at or after since. Where it has no filter for that, all who wait share one
// reading of the whole ledger: a complete one, since that something is missing there lets it
// be paid.
func (m *Mirror) Movements(ctx context.Context, clientID string, since time.Time) ([]issuer.Movement, error) {
	if !m.source.Capabilities().WholeLedger {
		return m.source.FindMovements(ctx, clientID)
	}
	ledger, err := m.ledger.get(ctx, since)
	return ledger[clientID], err
}

func sweepLedger(ctx context.Context, directory issuer.Directory) (movements, error) {
	rows, err := directory.ListMovements(ctx)
	if err != nil {
		return nil, err
	}
	ledger := movements{}
	for _, row := range rows {
		if row.ClientID != "" {
			ledger[row.ClientID] = append(ledger[row.ClientID], row)
		}
	}
	return ledger, nil
}
