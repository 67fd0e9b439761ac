package qitech

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

const (
	virtual     = "virtual"
	maxCardName = 15
	// maxInterval bounds cvv_rotation_interval_hours: ten years. The document names no
	// bound, and the arithmetic of times wants one.
	maxInterval = 10 * 365 * 24
)

// printable is a printed name: the document allows no digits and no special characters.
// Accents are taken for special ones.
var printable = regexp.MustCompile(`^[A-Za-z ]{1,26}$`)

// Word is a word in a printed name that steers the issuer, beside the ledger's REFUSE,
// which is answered CARD000007.
type Word string

// The words.
const (
	WordUnready Word = "UNREADY" // CARD000008: the holder is not approved yet
	WordNobody  Word = "NOBODY"  // CARD000010: the holder is not found
	WordLater   Word = "LATER"   // CARD000009, and no card is made
	WordUnsure  Word = "UNSURE"  // CARD000009, and the card is made
)

// order is the body of 创建虚拟卡.
type order struct {
	AccountKey  string `json:"account_key"`
	ProgramKey  string `json:"program_key"`
	Type        string `json:"type"`
	CardName    string `json:"card_name"`
	PrintedName string `json:"printed_name"`
	CVVHours    int    `json:"cvv_rotation_interval_hours"`
}

// created is its answer: the card has no number yet.
type created struct {
	CardKey   string `json:"card_key"`
	CreatedAt string `json:"created_at"`
	Status    string `json:"status"`
}

// create is 创建虚拟卡.
func (h *Handler) create(c *call) (reply, error) {
	in, err := readOrder(c.body)
	if err != nil {
		return reply{}, err
	}
	if err := c.refuses(in); err != nil {
		return reply{}, err
	}
	fate := h.script.next(h.opts).steered(in)
	if fate.Code != "" && !fate.Made {
		return reply{}, in.refusal(fate.Code)
	}
	card, err := h.issue(c, in)
	if err != nil {
		return reply{}, err
	}
	if fate.Code != "" {
		return reply{}, in.refusal(fate.Code)
	}
	return reply{http.StatusCreated, created{card.ID, second(card.Created), statusCreated}}, nil
}

// issue makes the card. One that the account cannot pay the fee of could not be generated.
func (h *Handler) issue(c *call, in order) (ledger.Card, error) {
	delay := h.opts.ActivationDelay
	return c.book.IssueWalletCard(ledger.CardOrder{
		BIN: h.opts.BIN, Holder: ledger.Holder{LastName: in.PrintedName}, Label: in.CardName, Reference: in.ProgramKey,
		CVVInterval: time.Duration(in.CVVHours) * time.Hour,
	}, statusCreated,
		ledger.Stage{After: delay / 2, State: ledger.StatePending, Reason: statusBuilding},
		ledger.Stage{After: delay, State: ledger.Active, Reason: statusActive})
}

func readOrder(body []byte) (order, error) {
	var in order
	err := strict(body, &in, []string{
		"account_key", "program_key", "type", "card_name", "printed_name", "cvv_rotation_interval_hours",
	})
	if err == nil {
		err = in.check()
	}
	return in, err
}

// check looks at what the schema says about each field.
func (in order) check() error {
	switch {
	case !isUUID(in.AccountKey):
		return fail(CodeSchema, "account_key is not a uuid.")
	case !isUUID(in.ProgramKey):
		return fail(CodeSchema, "program_key is not a uuid.")
	case in.Type != virtual:
		return fail(CodeSchema, "type is not virtual, and this sandbox issues nothing else.")
	case in.CardName == "" || utf8.RuneCountInString(in.CardName) > maxCardName:
		return fail(CodeSchema, "card_name must have 1 to 15 characters.")
	case !printable.MatchString(in.PrintedName) || strings.TrimSpace(in.PrintedName) == "":
		return fail(CodeSchema, "printed_name must have 1 to 26 letters and spaces.")
	case in.CVVHours < 1 || in.CVVHours > maxInterval:
		return fail(CodeSchema, "cvv_rotation_interval_hours must be from 1 to 87600.")
	}
	return nil
}

func isUUID(text string) bool {
	_, err := uuid.Parse(text)
	return err == nil && len(text) == len(uuid.Nil.String())
}

// refuses says why this client cannot have the card.
func (c *client) refuses(in order) error {
	switch {
	case !slices.Contains(c.Programs, in.ProgramKey):
		return in.refusal(CodeProgram)
	case in.AccountKey != c.AccountKey:
		return in.refusal(CodeAccount)
	case c.HolderStatus != "":
		return fail(CodeHolderStatus, c.HolderStatus)
	case slices.Contains(c.PlasticOnly, in.ProgramKey):
		return in.refusal(CodeVirtualRefused)
	}
	return nil
}

// refusal is a code with the text that it has for this order.
func (in order) refusal(code Code) failure {
	switch code {
	case CodeProgram, CodeVirtualRefused:
		return fail(code, in.ProgramKey)
	case CodeAccount:
		return fail(code, in.AccountKey)
	case CodeHolderStatus:
		return fail(code, "pending")
	case CodeNoPerson:
		return fail(code, uuid.Nil)
	default:
		return fail(code)
	}
}
