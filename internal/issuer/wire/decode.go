package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
)

// Errors of decoding, in our own words.
var (
	// ErrNoData says that an answer has nothing where something must be.
	ErrNoData = errors.New("the answer has no data")
	// ErrShape says that a JSON value is of another kind than documented.
	ErrShape = errors.New("a field of the answer is not of the documented type")
)

// BadField is the error of a field that is needed and cannot be used.
func BadField(name string) error {
	return errors.New("the answer has no usable field " + name)
}

// Decode fills into from data. The errors of encoding/json can quote the text, so they
// end here.
func Decode(data json.RawMessage, into any) error {
	if data == nil {
		return ErrNoData
	}
	err := json.Unmarshal(data, into)
	if wrong := new(json.UnmarshalTypeError); errors.As(err, &wrong) && wrong.Field != "" {
		return BadField(wrong.Field) // the name is ours, from a struct tag
	}
	if err != nil {
		return ErrShape
	}
	return nil
}

// Rows decodes an array of rows and maps each. One row that cannot be understood spoils
// the list, since the engine concludes from absence, and a list without an array is no
// empty list.
func Rows[W, T any](data json.RawMessage, port func(W) (T, error)) ([]T, error) {
	var travelled []W
	if err := Decode(data, &travelled); err != nil {
		return nil, err
	}
	if travelled == nil {
		return nil, ErrNoData
	}
	rows := make([]T, 0, len(travelled))
	for i, w := range travelled {
		row, err := port(w)
		if err != nil {
			return nil, fmt.Errorf("row %d of the page: %w", i+1, err)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// NullRows is the rows of a page as a list: servers whose empty lists are nil write null. A
// total beside it vouches that this is a list; whoever reads it holds the rows against the
// total, so only one of 0 makes an empty list of it. Any other form stays as it is.
func NullRows(rows json.RawMessage, total Count) json.RawMessage {
	if total.Known && string(rows) == "null" {
		return json.RawMessage("[]")
	}
	return rows
}

// RowsOf is Rows for one kind of row.
func RowsOf[W, T any](port func(W) (T, error)) func(json.RawMessage) ([]T, error) {
	return func(data json.RawMessage) ([]T, error) { return Rows(data, port) }
}

// Object decodes one object and maps it. null is no object.
func Object[W, T any](data json.RawMessage, port func(W) (T, error)) (T, error) {
	var w *W
	var none T
	if err := Decode(data, &w); err != nil {
		return none, err
	}
	if w == nil {
		return none, ErrNoData
	}
	return port(*w)
}

// wrongType is how a type of this package says to encoding/json that a value is of another
// kind; it adds the name of the field for Decode.
func wrongType() error {
	return &json.UnmarshalTypeError{Value: "value", Type: reflect.TypeFor[string]()}
}
