package virtualcard

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
)

// chooseProduct settles what the card is ordered as. A choice that was made stays, whatever
// the issuer recommends meanwhile, as long as the spec asks for the same and it is on offer.
func (rd *round) chooseProduct(ctx context.Context) error {
	if !rd.account.Has(issuer.FeatureBINs) {
		rd.card.Status.Product = nil
		return nil
	}
	bins, err := rd.account.Mirror.BINs(ctx, rd.Clock.Now().Add(-rd.account.SyncInterval))
	if err != nil {
		return err
	}
	cardType := issuer.CardType(rd.card.Spec.Type)
	chosen := rd.card.Status.Product
	if kept(bins, cardType, rd.card.Spec, chosen) {
		return nil
	}
	if rd.card.Spec.Scenario != "" && asFor(rd.card.Spec, chosen) {
		return rd.noLongerOffered(ctx, bins, cardType, *chosen)
	}
	rd.card.Status.Product = nil
	switch {
	case rd.card.Spec.BIN != "":
		rd.card.Status.Product, err = offered(bins, cardType, rd.card.Spec.BIN)
	case rd.card.Spec.Scenario != "":
		rd.card.Status.Product, err = rd.recommended(ctx, bins, cardType)
	default:
		err = engine.Stall(v1alpha1.ReasonInvalidSpec, "spec.bin is needed: choose one of the CardIssuer's status.bins%s", rd.orScenario())
	}
	return err
}

// kept reports whether an earlier choice still serves. It is a pure function.
func kept(bins []issuer.BIN, cardType issuer.CardType, spec v1alpha1.VirtualCardSpec, chosen *v1alpha1.CardProduct) bool {
	return asFor(spec, chosen) && slices.ContainsFunc(bins, func(b issuer.BIN) bool {
		return b.Type == cardType && b.BIN == chosen.BIN && b.ID == chosen.ID
	})
}

// asFor: the choice was made for what the spec asks.
func asFor(spec v1alpha1.VirtualCardSpec, chosen *v1alpha1.CardProduct) bool {
	return chosen != nil && (spec.BIN == "" || spec.BIN == chosen.BIN) && strings.EqualFold(spec.Scenario, chosen.Scenario)
}

// noLongerOffered says that a choice does not serve now. It is a person's to make another: a
// list that lacks a product once does not turn the card into another one.
func (rd *round) noLongerOffered(ctx context.Context, bins []issuer.BIN, cardType issuer.CardType, chosen v1alpha1.CardProduct) error {
	other, err := rd.recommended(ctx, bins, cardType)
	var problem *engine.Problem
	if err != nil && !errors.As(err, &problem) {
		return err
	}
	instead := "and recommends no other that it offers; choose spec.bin from the CardIssuer's status.bins in place of spec.scenario"
	if other != nil {
		instead = fmt.Sprintf("and recommends BIN %s%s now; to choose that, set spec.bin: %q in place of spec.scenario", other.BIN, ofProduct(other.ID), other.BIN)
	}
	return engine.Stall(v1alpha1.ReasonUnknownBIN, "spec.scenario: the issuer does not offer BIN %s%s for %s cards any more, which was chosen for %q, %s. Nothing is chosen anew by itself; offered again, it is ordered",
		chosen.BIN, ofProduct(chosen.ID), cardType, chosen.Scenario, instead)
}

func ofProduct(id string) string {
	if id == "" {
		return ""
	}
	return " (product " + id + ")"
}

func (rd *round) orScenario() string {
	if rd.account.Has(issuer.FeatureScenarios) {
		return ", or say with spec.scenario what the card is for"
	}
	return ""
}

// offered finds the product that spec.bin names. Of several with one BIN the first by id
// is taken, so that the choice is always the same. It is a pure function.
func offered(bins []issuer.BIN, cardType issuer.CardType, wanted string) (*v1alpha1.CardProduct, error) {
	var choice, ids []string
	var found *issuer.BIN
	for i, bin := range bins {
		if bin.Type != cardType {
			continue
		}
		choice = append(choice, bin.BIN)
		if bin.BIN != wanted {
			continue
		}
		ids = append(ids, bin.ID)
		if found == nil || bin.ID < found.ID {
			found = &bins[i]
		}
	}
	if found == nil {
		slices.Sort(choice)
		return nil, engine.Stall(v1alpha1.ReasonUnknownBIN, "spec.bin: the issuer offers no %s cards with BIN %s; it offers: %s",
			cardType, wanted, strings.Join(slices.Compact(choice), ", "))
	}
	return &v1alpha1.CardProduct{BIN: found.BIN, ID: found.ID, Reason: amongSeveral("spec.bin", ids)}, nil
}

// severalProducts marks the reason of a choice among products of one BIN.
const severalProducts = "; of several products with this BIN the first by id: "

// maxNamed is how many products a reason names.
const maxNamed = 5

// amongSeveral adds to the reason of a choice what else it could have been: the issuer may not
// say which product is for which type of card, and refuse this one.
func amongSeveral(reason string, ids []string) string {
	slices.Sort(ids)
	if ids = slices.Compact(ids); len(ids) < 2 {
		return reason
	}
	return reason + severalProducts + ids[0] + ", not " + strings.Join(ids[1:min(len(ids), maxNamed)], ", ")
}

// doubt is what a condition says about an order besides: that another product has the same BIN.
func doubt(product v1alpha1.CardProduct) string {
	_, several, _ := strings.Cut(product.Reason, severalProducts)
	if several == "" {
		return ""
	}
	return fmt.Sprintf(" (BIN %s has several products, ordered as %s)", product.BIN, several)
}

// recommended finds the best product that the issuer recommends for spec.scenario.
func (rd *round) recommended(ctx context.Context, bins []issuer.BIN, cardType issuer.CardType) (*v1alpha1.CardProduct, error) {
	since := rd.Clock.Now().Add(-rd.account.SyncInterval)
	scenarios, err := rd.account.Mirror.Scenarios(ctx, since)
	if err != nil {
		return nil, err
	}
	scenario, problem := named(scenarios, rd.card.Spec.Scenario)
	if problem != nil {
		return nil, problem
	}
	advice, err := rd.account.Mirror.Recommended(ctx, scenario.ID, since)
	if err != nil {
		return nil, err
	}
	return advised(bins, cardType, scenario, advice)
}

// named finds a scenario by its name, in any case. It is a pure function.
func named(scenarios []issuer.Scenario, wanted string) (issuer.Scenario, error) {
	var names []string
	for _, s := range scenarios {
		if strings.EqualFold(s.Name, wanted) {
			return s, nil
		}
		names = append(names, s.Name)
	}
	slices.Sort(names)
	return issuer.Scenario{}, engine.Stall(v1alpha1.ReasonInvalidSpec, "spec.scenario: the issuer knows no scenario %q; it knows: %s", wanted, strings.Join(names, ", "))
}

// advised takes the first recommended BIN that is offered for the type of card. It is a
// pure function.
func advised(bins []issuer.BIN, cardType issuer.CardType, scenario issuer.Scenario, advice []string) (*v1alpha1.CardProduct, error) {
	for rank, bin := range advice {
		product, err := offered(bins, cardType, bin)
		if err != nil {
			continue // recommended, but for another type of card, or not on offer now
		}
		product.Scenario = scenario.Name
		product.Reason = fmt.Sprintf("recommended by the issuer for scenario %q (choice %d of %d)", scenario.Name, rank+1, len(advice))
		return product, nil
	}
	return nil, engine.Stall(v1alpha1.ReasonUnknownBIN,
		"spec.scenario: the issuer recommends %d BINs for %q and offers none of them for %s cards; choose spec.bin from the CardIssuer's status.bins", len(advice), scenario.Name, cardType)
}

// product is the BIN and the id that an order is for. An order that was claimed before
// products were written down is for spec.bin.
func (rd *round) product() v1alpha1.CardProduct {
	if p := rd.card.Status.Product; p != nil {
		return *p
	}
	return v1alpha1.CardProduct{BIN: rd.card.Spec.BIN}
}
