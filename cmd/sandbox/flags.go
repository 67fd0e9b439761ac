package main

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox"
	"github.com/card-operator/card-operator/internal/sandbox/fault"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
	"github.com/card-operator/card-operator/internal/sandbox/qbit"
)

const defaultIssuingDelay = 200 * time.Millisecond

// config is what the command line says.
type config struct {
	listen, clientID, clientSecret, accountID, token string
	dedup, faultFile                                 string
	opening                                          money.Amount
	verbose, help                                    bool
	options                                          sandbox.Options
	qitech                                           qitechFlags
	interlace                                        interlaceFlags
}

// parse reads the flags. Asking for help is not an error.
func parse(args []string, errOut io.Writer) (config, error) {
	var c config
	f := flag.NewFlagSet("sandbox", flag.ContinueOnError)
	f.SetOutput(errOut)
	c.accountFlags(f)
	c.behaviourFlags(f)
	c.qitech.add(f, &c.options.QITech)
	c.interlace.add(f, &c.options.Interlace)
	if err := f.Parse(args); err != nil {
		c.help = errors.Is(err, flag.ErrHelp)
		if c.help {
			err = nil
		}
		return c, err
	}
	if f.NArg() > 0 {
		return c, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	return c, c.complete()
}

func (c *config) accountFlags(f *flag.FlagSet) {
	c.opening = money.Must(sandbox.DefaultOpening)
	f.StringVar(&c.listen, "listen", "127.0.0.1:8808", "address to listen on")
	f.StringVar(&c.clientID, "client-id", sandbox.DefaultClientID, "client id that can log in")
	f.StringVar(&c.clientSecret, "client-secret", sandbox.DefaultClientSecret, "secret of the client")
	f.StringVar(&c.accountID, "account-id", sandbox.DefaultAccountID, "id of the account")
	f.StringVar(&c.token, "token", "", "a static access token, valid for ever")
	amountVar(f, &c.opening, "opening-balance", "what the account starts with")
	f.StringVar(&c.dedup, "dedup", string(qbit.CallWithdraw), "calls that replay a client transaction id, comma separated: "+callNames()+"; all, none")
	f.StringVar(&c.faultFile, "faults", "", "file with fault rules as JSON")
	f.BoolVar(&c.verbose, "v", false, "log method, path and status of each request")
	f.Uint64Var(&c.options.Seed, "seed", 0, "seed of ids and chances; 0 draws one")
}

func (c *config) behaviourFlags(f *flag.FlagSet) {
	l, limits := &c.options.Ledger, &c.options.Limits
	f.DurationVar(&l.IssuingDelay, "issuing-delay", defaultIssuingDelay, "time between a card order and the card")
	f.DurationVar(&l.ListingLag, "listing-lag", 0, "how long new objects are missing from lists")
	f.BoolVar(&l.LagBalances, "lag-balances", false, "balances lag as lists do")
	f.DurationVar(&l.WithdrawDelay, "withdraw-delay", 0, "how long a withdrawal stays Pending")
	f.DurationVar(&l.ReceiverReviewDelay, "receiver-review-delay", 0, "how long a receiver stays Pending")
	f.DurationVar(&l.CardholderReviewDelay, "cardholder-review-delay", 0, "how long a cardholder stays PENDING")
	amountVar(f, &l.IssuanceFee, "issuance-fee", "fee for each card")
	amountVar(f, &l.WithdrawFee, "withdraw-fee", "fee for each withdrawal")
	f.DurationVar(&limits.Latency, "latency", 0, "time added to each call")
	f.Float64Var(&limits.RequestsPerSecond, "rate-limit", 0, "calls per second; 0 is no limit")
	f.IntVar(&limits.Burst, "burst", 1, "calls that may come at once")
	f.DurationVar(&c.options.Qbit.TokenLifetime, "token-lifetime", 0, "lifetime of access tokens (default 24h)")
}

// amountVar is a flag that holds an exact amount.
func amountVar(f *flag.FlagSet, into *money.Amount, name, usage string) {
	f.Func(name, usage+" (default "+into.String()+")", func(text string) (err error) {
		*into, err = money.Parse(text)
		return err
	})
}

// complete turns the flags into options.
func (c *config) complete() (err error) {
	c.options.Ledger.Accounts = []ledger.Account{{ID: c.accountID, Name: "Sandbox", Opening: c.opening}}
	c.options.Qbit.Clients = []qbit.Client{{ID: c.clientID, Secret: c.clientSecret, AccountID: c.accountID}}
	if c.token != "" {
		c.options.Qbit.StaticTokens = map[string]string{c.token: c.accountID}
	}
	if c.options.Seed == 0 {
		c.options.Seed = drawSeed()
	}
	if c.options.Qbit.Deduplicate, err = deduplicate(c.dedup); err != nil {
		return err
	}
	if err = c.qitech.complete(c); err != nil {
		return err
	}
	if err = c.interlace.complete(c); err != nil {
		return err
	}
	c.options.Faults, err = loadFaults(c.faultFile)
	return err
}

// drawSeed makes each run different: a restarted sandbox must not give the ids of its
// last life to other cards.
func drawSeed() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // crypto/rand never fails
	return binary.BigEndian.Uint64(b[:])
}

func deduplicate(names string) (map[qbit.Call]bool, error) {
	calls := map[qbit.Call]bool{}
	for name := range strings.SplitSeq(names, ",") {
		switch call := qbit.Call(strings.TrimSpace(name)); {
		case call == "" || call == "none":
		case call == "all":
			for _, each := range qbit.Calls() {
				calls[each] = true
			}
		case slices.Contains(qbit.Calls(), call):
			calls[call] = true
		default:
			return nil, fmt.Errorf("--dedup: unknown call %q: want some of %s, all or none", name, callNames())
		}
	}
	return calls, nil
}

func callNames() string {
	var names []string
	for _, c := range qbit.Calls() {
		names = append(names, string(c))
	}
	return strings.Join(names, ", ")
}

func loadFaults(file string) ([]fault.Rule, error) {
	if file == "" {
		return nil, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return fault.Load(f)
}
