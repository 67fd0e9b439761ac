package planted

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// importLine is what an edited file begins to import.
const importLine = "\nimport \"github.com/card-operator/card-operator/test/simulation/planted\"\n"

// Overlay writes the edited files into dir, and the overlay file that `go build -overlay`
// takes, whose path it returns. root is the module's. Text that is not there exactly once
// is an error: the code has changed, and the bug must be planted anew.
func Overlay(root, dir string, bugs []Bug) (string, error) {
	edited := map[string]string{}
	for _, bug := range bugs {
		for _, edit := range bug.Edits {
			if err := plant(root, edited, bug.Name, edit); err != nil {
				return "", err
			}
		}
	}
	replace := map[string]string{}
	for file, text := range edited {
		to := filepath.Join(dir, strings.ReplaceAll(file, "/", "_"))
		if err := os.WriteFile(to, []byte(text), 0o600); err != nil {
			return "", err
		}
		replace[filepath.Join(root, file)] = to
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, list, 0o600)
}

func plant(root string, edited map[string]string, name string, edit Edit) error {
	text, known := edited[edit.File]
	if !known {
		source, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(edit.File)))
		if err != nil {
			return err
		}
		text = string(source)
		end := strings.Index(text, "\nimport ")
		if end < 0 {
			return fmt.Errorf("%s has no import to put another before", edit.File)
		}
		text = text[:end] + importLine + text[end:]
	}
	if n := strings.Count(text, edit.Old); n != 1 {
		return fmt.Errorf("%s: the text to edit is in %s %d times; plant the bug anew:\n%s", name, edit.File, n, edit.Old)
	}
	edited[edit.File] = strings.Replace(text, edit.Old, edit.New, 1)
	return nil
}
