package qbit_test

import (
	"testing"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/qbit"
	"github.com/card-operator/card-operator/internal/issuer/transport"
)

func TestConfigThatCannotWork(t *testing.T) {
	hosts, _ := transport.ParseAllowList([]string{"127.0.0.1"})
	h, err := transport.New(transport.Config{BaseURL: "http://127.0.0.1", Allow: hosts})
	if err != nil {
		t.Fatal(err)
	}
	good := qbit.Credentials{AccessToken: issuer.NewSensitive("t")}
	for name, cfg := range map[string]qbit.Config{
		"no transport":      {Credentials: good},
		"no credentials":    {HTTP: h},
		"account id":        {HTTP: h, Credentials: good, AccountID: "a b"},
		"method":            {HTTP: h, Credentials: good, Options: qbit.Options{TransferMethod: "GET"}},
		"opening":           {HTTP: h, Credentials: good, Options: qbit.Options{BudgetOpening: "-1"}},
		"opening text":      {HTTP: h, Credentials: good, Options: qbit.Options{BudgetOpening: "much"}},
		"page size":         {HTTP: h, Credentials: good, Options: qbit.Options{PageSize: 1001}},
		"header is no name": {HTTP: h, Credentials: good, Options: qbit.Options{AccessTokenHeader: "x token\n"}},
	} {
		if c, err := qbit.New(cfg); err == nil || c != nil {
			t.Errorf("%s is accepted", name)
		}
	}
	c, err := qbit.New(qbit.Config{HTTP: h, Credentials: good, Options: qbit.Options{BudgetOpening: "1.00"}})
	if err != nil || c.Capabilities().OpeningBudget.String() != "1.00" {
		t.Error(err)
	}
}
