package interlace

import (
	"errors"
	"net/http"
	"regexp"
)

// Options are the choices where the document is silent or contradicts itself. The zero
// value of each stands for its default.
type Options struct {
	// PageSize is the limit of a list request, 1 to 100. Default 100; the issuer's own
	// default is 10 (§3).
	PageSize int
	// MaxPages bounds one listing. Default 2000 [assumed].
	MaxPages int
	// Ahead is how many pages of a list whose total is trusted are asked for at a time.
	// Default one after the other.
	Ahead int
	// RenameMethod is the HTTP method that renames a budget: PUT or PATCH. Default PUT
	// [assumed] (§5.1).
	RenameMethod string
	// CardholderFields go with a new cardholder as they are: what the account's business
	// mode asks for, for example businessModel (§5.3). They cannot replace what this
	// package sends itself.
	CardholderFields map[string]string
	// MaxLabel is the longest label or budget name in bytes. Default 64 [assumed].
	MaxLabel int
}

const (
	defaultPageSize = 100
	maxPageSize     = 100
	defaultMaxPages = 2000
	defaultMaxLabel = 64
)

// fieldName is a name that a field of the issuer's JSON can have.
var fieldName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,63}$`)

// withDefaults fills in and checks the options.
func (o Options) withDefaults() (Options, error) {
	if o.PageSize == 0 {
		o.PageSize = defaultPageSize
	}
	if o.MaxPages <= 0 {
		o.MaxPages = defaultMaxPages
	}
	if o.MaxLabel <= 0 {
		o.MaxLabel = defaultMaxLabel
	}
	if o.RenameMethod == "" {
		o.RenameMethod = http.MethodPut
	}
	switch {
	case o.PageSize < 1 || o.PageSize > maxPageSize:
		return o, errors.New("spec.interlace.pageSize must be 1 to 100")
	case o.RenameMethod != http.MethodPut && o.RenameMethod != http.MethodPatch:
		return o, errors.New("spec.interlace.renameMethod must be PUT or PATCH")
	}
	for name := range o.CardholderFields {
		if !fieldName.MatchString(name) || ownHolderFields[name] {
			return o, errors.New("spec.interlace.cardholderFields has a name that is no field's, or that the operator fills in itself")
		}
	}
	return o, nil
}
