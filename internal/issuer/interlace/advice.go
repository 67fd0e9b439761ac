package interlace

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/envelope"
	"github.com/card-operator/card-operator/internal/issuer/guard"
	"github.com/card-operator/card-operator/internal/issuer/paging"
	"github.com/card-operator/card-operator/internal/issuer/session"
	"github.com/card-operator/card-operator/internal/issuer/wire"
)

// ListScenarios implements issuer.Advisor: GET /card/sys/consumption-scenarios, which is
// not paged.
func (c *Client) ListScenarios(ctx context.Context) ([]issuer.Scenario, error) {
	return short(ctx, c, session.Read("list scenarios", "/card/sys/consumption-scenarios", c.account()), wireScenario.port)
}

// short reads a list that is not paged. One with fewer rows than it says there are is an
// error.
func short[W, T any](ctx context.Context, c *Client, k session.Call, port func(W) (T, error)) (rows []T, err error) {
	var total wire.Count
	err = c.session.Do(ctx, k, func(a envelope.Answer) (err error) {
		var list json.RawMessage
		if list, total, err = shortForm(a); err != nil {
			return err
		}
		rows, err = wire.Rows(list, port)
		return err
	})
	if err == nil {
		err = paging.Incomplete(k.Op, len(rows), total)
	}
	if err != nil {
		return nil, err
	}
	return rows, nil
}

func (w wireScenario) port() (issuer.Scenario, error) {
	if w.Name == "" {
		return issuer.Scenario{}, wire.BadField("name")
	}
	return issuer.Scenario{ID: string(w.ID), Name: string(w.Name)}, wire.NeedID("id", w.ID)
}

// advice is one recommended product, by its BIN or by its id. The shape of the answer is
// not documented: CardBins, objects with one of their ids, or plain texts.
type advice struct{ bin, id string }

// UnmarshalJSON implements json.Unmarshaler.
func (a *advice) UnmarshalJSON(b []byte) error {
	var row struct {
		BIN   wire.Word  `json:"bin"`
		BINID wire.Ident `json:"binId"`
		ID    wire.Ident `json:"id"`
	}
	var into any = &row
	if len(b) > 0 && b[0] != '{' {
		into = &row.BINID
	}
	if err := json.Unmarshal(b, into); err != nil {
		return err
	}
	*a = advice{bin: string(row.BIN), id: string(row.BINID)}
	if a.id == "" {
		a.id = string(row.ID)
	}
	return nil
}

func (a advice) port() (advice, error) {
	if a.bin != "" {
		return a, wire.NeedID("bin", wire.Ident(a.bin))
	}
	return a, wire.NeedID("binId", wire.Ident(a.id))
}

// RecommendBINs implements issuer.Advisor: GET /card/bin/recommendation. What is
// recommended by an id is looked up among the BINs, and left out if it is not on offer.
func (c *Client) RecommendBINs(ctx context.Context, scenarioID string) ([]string, error) {
	const op = "recommend BINs"
	if err := guard.IDs(op, scenarioID); err != nil {
		return nil, err
	}
	query := c.account()
	query.Set("scenarioId", scenarioID)
	choice, err := short(ctx, c, session.Read(op, "/card/bin/recommendation", query), advice.port)
	if err != nil {
		return nil, err
	}
	var offered []issuer.BIN
	if slices.ContainsFunc(choice, func(a advice) bool { return a.bin == "" }) {
		if offered, err = c.ListBINs(ctx); err != nil {
			return nil, err
		}
	}
	return ranked(choice, offered), nil
}

// ranked names the BINs of a choice in its order, each once. It is a pure function.
func ranked(choice []advice, offered []issuer.BIN) []string {
	bins := []string{}
	for _, a := range choice {
		if a.bin == "" {
			at := slices.IndexFunc(offered, func(b issuer.BIN) bool { return b.ID == a.id || b.BIN == a.id })
			if at < 0 {
				continue
			}
			a.bin = offered[at].BIN
		}
		if !slices.Contains(bins, a.bin) {
			bins = append(bins, a.bin)
		}
	}
	return bins
}
