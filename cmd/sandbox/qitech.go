package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/card-operator/card-operator/internal/sandbox"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
	"github.com/card-operator/card-operator/internal/sandbox/qitech"
)

// publicKeyVariable holds the PEM of the QI Tech client where no flag names a file.
const publicKeyVariable = "SANDBOX_QITECH_PUBLIC_KEY"

// qitechFlags are the QI Tech dialect's client. There is no default key: without one the
// dialect knows nobody.
type qitechFlags struct {
	apiKey, keyFile, accountKey, programKey string
}

func (q *qitechFlags) add(f *flag.FlagSet, into *qitech.Options) {
	f.StringVar(&q.keyFile, "qitech-public-key-file", "",
		"file with the QI Tech client's P-521 public key as PEM; without it "+publicKeyVariable+" is read, and without both the dialect knows nobody")
	f.StringVar(&q.apiKey, "qitech-api-key", sandbox.DefaultQITechAPIKey, "API key of the QI Tech client")
	f.StringVar(&q.accountKey, "qitech-account-key", sandbox.DefaultQITechAccountKey, "uuid of the QI Tech account, which has a wallet of its own")
	f.StringVar(&q.programKey, "qitech-program-key", sandbox.DefaultQITechProgramKey, "uuid of the QI Tech card program")
	f.DurationVar(&into.ActivationDelay, "qitech-activation-delay", 0, "time from created to active (default --issuing-delay)")
	f.DurationVar(&into.ClockSkew, "qitech-clock-skew", 0, "how far a signature's time may be off (default 5m)")
}

// complete adds the client and its account, where there is a key.
func (q *qitechFlags) complete(c *config) error {
	key := os.Getenv(publicKeyVariable)
	if q.keyFile != "" {
		text, err := os.ReadFile(q.keyFile)
		if err != nil {
			return fmt.Errorf("--qitech-public-key-file: %w", err)
		}
		key = string(text)
	}
	if key == "" {
		return nil
	}
	if _, err := qitech.ParsePublicKey([]byte(key)); err != nil {
		return fmt.Errorf("--qitech-public-key-file: %w", err)
	}
	if q.accountKey != c.accountID {
		c.options.Ledger.Accounts = append(c.options.Ledger.Accounts,
			ledger.Account{ID: q.accountKey, Name: "Sandbox (QI Tech)", Opening: c.opening})
	}
	c.options.QITech.Clients = []qitech.Client{{
		APIKey: q.apiKey, PublicKey: key, AccountID: q.accountKey, Programs: []string{q.programKey},
	}}
	return nil
}
