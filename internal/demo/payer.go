package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/card-operator/card-operator/internal/money"
)

// payer is the program in a pod that pays with a card. All it knows of the card is the
// directory where its Secret is mounted.
type payer struct {
	// card is the mounted directory.
	card string
	// checkout is where the merchant takes payments.
	checkout string
}

// receipt is the merchant's answer.
type receipt struct {
	ID           string `json:"id"`
	Approved     bool   `json:"approved"`
	Reason       string `json:"reason"`
	CardLastFour string `json:"cardLastFour"`
}

// pay pays an amount. A declined payment is an error.
func (p payer) pay(ctx context.Context, amount money.Amount, merchant string) (receipt, error) {
	order := map[string]string{"amount": amount.String(), "merchant": merchant}
	for _, key := range []string{"pan", "cvv", "expMonth", "expYear"} {
		value, err := os.ReadFile(filepath.Join(p.card, key))
		if err != nil {
			return receipt{}, fmt.Errorf("the mounted card has no %s: %w", key, err)
		}
		order[key] = strings.TrimSpace(string(value))
	}
	paid, err := p.send(ctx, order)
	if err == nil && !paid.Approved {
		err = errors.New("the card was declined: " + paid.Reason)
	}
	return paid, err
}

// send takes the payment to the merchant. Its errors never quote the order.
func (p payer) send(ctx context.Context, order map[string]string) (receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	text, err := json.Marshal(order)
	if err != nil {
		return receipt{}, errors.New("the order cannot be written as JSON")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.checkout, bytes.NewReader(text))
	if err != nil {
		return receipt{}, fmt.Errorf("going to the merchant: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return receipt{}, fmt.Errorf("going to the merchant: %w", err)
	}
	answer, err := body(resp)
	if err != nil {
		return receipt{}, err
	}
	var paid receipt
	if err := json.Unmarshal(answer, &paid); err != nil {
		return receipt{}, errors.New("the merchant's answer is not JSON")
	}
	return paid, nil
}
