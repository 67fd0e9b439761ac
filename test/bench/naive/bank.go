package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// bank is the issuer's v1 API, as a client is written in an afternoon.
type bank struct{ url, token, account string }

var client15 = http.Client{Timeout: 15 * time.Second}

type cardRow struct {
	ID    string `json:"id"`
	Label string `json:"label"`
	State string `json:"status"`
}

type cardNumber struct {
	Number string `json:"qbitCardNo"`
	CVV    string `json:"qbitCardCvv"`
}

func (b bank) order(ctx context.Context, label, bin string) error {
	return b.call(ctx, http.MethodPost, "/cards", map[string]any{
		"accountId": b.account, "batchCount": 1, "cost": json.Number("0"), "type": "PrepaidCard", "bin": bin, "label": label, "useType": "default",
		"firstName": "Ada", "lastName": "Lovelace", "email": "ada@example.com", "phone": "2025550123", "phoneCode": "+1", "clientTransactionId": label,
	}, nil)
}

func (b bank) find(ctx context.Context, label string) (cardRow, bool, error) {
	var page struct {
		Data struct {
			Data []cardRow `json:"data"`
		} `json:"data"`
	}
	err := b.call(ctx, http.MethodGet, "/cards?limit=10&page=0&accountId="+b.account+"&label="+url.QueryEscape(label), nil, &page)
	for _, row := range page.Data.Data {
		if row.Label == label {
			return row, true, err
		}
	}
	return cardRow{}, false, err
}

func (b bank) fund(ctx context.Context, card, amount, id string) error {
	return b.call(ctx, http.MethodPost, "/cards/transfer/in", map[string]any{
		"accountId": b.account, "cardId": card, "cost": json.Number(amount), "clientTransactionId": id,
	}, nil)
}

func (b bank) number(ctx context.Context, card string) (n cardNumber, err error) {
	err = b.call(ctx, http.MethodGet, "/cards/info?accountId="+b.account+"&cardId="+card, nil, &n)
	return n, err
}

func (b bank) call(ctx context.Context, method, path string, body, data any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, b.url+"/open-api/v1"+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Qbit-Access-Token", b.token)
	answer, err := client15.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	words, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil || answer.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("%s %s: %s %w", method, path, answer.Status, err)
	}
	if data == nil {
		return nil
	}
	return json.Unmarshal(words, data)
}
