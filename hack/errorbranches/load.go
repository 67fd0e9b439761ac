package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
)

// source is one package with its types.
type source struct {
	path  string
	fset  *token.FileSet
	files []*ast.File
	info  *types.Info
}

// position is where something is, the file by its import path, as profiles name it.
func (s source) position(p token.Pos) token.Position {
	at := s.fset.Position(p)
	at.Filename = path.Join(s.path, filepath.Base(at.Filename))
	return at
}

type listed struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
	DepOnly                 bool
}

// load parses packages and gives every expression its type. What they import is read
// from the build cache.
func load(patterns []string) ([]source, error) {
	all, err := goList(patterns)
	if err != nil {
		return nil, err
	}
	exports := map[string]string{}
	for _, p := range all {
		exports[p.ImportPath] = p.Export
	}
	fset := token.NewFileSet()
	imports := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(exports[path])
	})
	var pkgs []source
	for _, p := range all {
		if p.DepOnly || len(p.GoFiles) == 0 {
			continue
		}
		s, err := check(p, fset, imports)
		if err != nil {
			return nil, err
		}
		pkgs = append(pkgs, s)
	}
	return pkgs, nil
}

func goList(patterns []string) ([]listed, error) {
	args := append([]string{"list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles,DepOnly"}, patterns...)
	cmd := exec.CommandContext(context.Background(), "go", args...)
	cmd.Stderr = os.Stderr
	text, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	var all []listed
	for d := json.NewDecoder(strings.NewReader(string(text))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
}

func check(p listed, fset *token.FileSet, imports types.Importer) (source, error) {
	s := source{path: p.ImportPath, fset: fset, info: &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{},
	}}
	for _, name := range p.GoFiles {
		f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return s, err
		}
		s.files = append(s.files, f)
	}
	config := types.Config{Importer: imports}
	_, err := config.Check(p.ImportPath, fset, s.files, s.info)
	return s, err
}
