package qitech

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

// Code is an error code of the dialect.
type Code string

// The codes that this sandbox answers. GDF000018 is a 404 that does not mean that a card
// is missing.
const (
	CodeNoAPIKey       Code = "GDF000003" // API-CLIENT-KEY is missing
	CodeUnauthorized   Code = "GDF000014" // bad token or signature, or an endpoint that was not granted
	CodeUnknownAPIKey  Code = "GDF000018"
	CodeSchema         Code = "QIT000001"
	CodeProgram        Code = "CARD000005"
	CodeAccount        Code = "CARD000006"
	CodePerson         Code = "CARD000007" // the holder does not suit the program
	CodeHolderStatus   Code = "CARD000008"
	CodeNotGenerated   Code = "CARD000009" // ambiguous: the card may have been made
	CodeNoPerson       Code = "CARD000010"
	CodeCard           Code = "CARD000011"
	CodePCI            Code = "CARD000012"
	CodeTransition     Code = "CARD000013"
	CodeCurrentStatus  Code = "CARD000014"
	CodeNoAccountKey   Code = "CARD000021"
	CodePaging         Code = "CARD000022"
	CodeInvalidStatus  Code = "CARD000025"
	CodeVirtualRefused Code = "CARD000032"
)

// kind is what an answer with a code looks like. The description takes arguments: the
// document's texts name keys and statuses.
type kind struct {
	status      int
	description string
	translation string
}

var kinds = map[Code]kind{
	CodeNoAPIKey:       {http.StatusBadRequest, "No API Client Key received", "Nenhuma chave de API recebida"},
	CodeUnauthorized:   {http.StatusUnauthorized, "Please provide valid credentials as part of the request. Details: %s", "Credenciais inválidas"},
	CodeUnknownAPIKey:  {http.StatusNotFound, "No ClientIntegration found for api_client_key: %s.", "Integração não encontrada"},
	CodeSchema:         {http.StatusBadRequest, "Invalid Json schema. %s", "Schema Json inválido"},
	CodeProgram:        {http.StatusNotFound, "It was not possible to fetch the Program for the program_key %s.", "Not Found Program"},
	CodeAccount:        {http.StatusNotFound, "It was not possible to fetch the Account for the account_key %s.", "Not Found Account"},
	CodePerson:         {http.StatusBadRequest, "The type of person is invalid for this program, please try another.", "Invalid Person"},
	CodeHolderStatus:   {http.StatusBadRequest, "The Card Holder with the status %s is invalid for the operation.", "Invalid Card Holder"},
	CodeNotGenerated:   {http.StatusBadRequest, "We're sorry, but the card could not be generated. Please try again later.", "Card not generated"},
	CodeNoPerson:       {http.StatusNotFound, "It was not possible to fetch the Person for the person_key %s.", "Not Found Person"},
	CodeCard:           {http.StatusNotFound, "It was not possible to fetch the Card for the card_key %s.", "Not Found Card"},
	CodePCI:            {http.StatusBadRequest, "It was not possible to fetch PCI for the card_key %s.", "Not Found PCI"},
	CodeTransition:     {http.StatusNotAcceptable, "Unable to transition from %s to %s.", "Unable to transition"},
	CodeCurrentStatus:  {http.StatusNotAcceptable, "The operation is not valid for the current status of the card [%s]", "Unable to transition"},
	CodeNoAccountKey:   {http.StatusBadRequest, "Account key can not be null when search for cards.", "Invalid account_key"},
	CodePaging:         {http.StatusBadRequest, "Invalid integer value for page or size querystring parameters.", "Invalid pagination"},
	CodeInvalidStatus:  {http.StatusNotAcceptable, "The status %s is invalid.", "Invalid status"},
	CodeVirtualRefused: {http.StatusForbidden, "Create virtual card is not allowed for program_key %s.", "Virtual card not allowed"},
}

// failure is an error as the wire shows it.
type failure struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	Translation string `json:"translation"`
	Code        Code   `json:"code"`
}

// Error implements error.
func (f failure) Error() string { return string(f.Code) + ": " + f.Description }

func (f failure) status() int { return kinds[f.Code].status }

func fail(code Code, args ...any) failure {
	k := kinds[code]
	f := failure{Title: http.StatusText(k.status), Description: fmt.Sprintf(k.description, args...), Translation: k.translation, Code: code}
	if code == CodeUnauthorized {
		f.Title = "QI Unauthenticated"
	}
	return f
}

// failureOf is any error as the wire shows it. id is the card or account that was asked
// for. What has no code of its own is a card that could not be generated.
func failureOf(err error, id string) failure {
	var f failure
	switch {
	case errors.As(err, &f):
		return f
	case errors.Is(err, ledger.ErrUnknownCard), errors.Is(err, ledger.ErrCardType):
		return fail(CodeCard, id)
	case errors.Is(err, ledger.ErrIssuingRefused):
		return fail(CodePerson)
	}
	return fail(CodeNotGenerated)
}
