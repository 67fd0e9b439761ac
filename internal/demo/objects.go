package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"text/tabwriter"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
)

// asTable asks the API server for what `kubectl get` prints.
const asTable = "application/json;as=Table;v=v1;g=meta.k8s.io"

// shownKinds is the order in which objects are printed.
var shownKinds = []string{"CardIssuer", "Budget", "VirtualCard", "Beneficiary", "Withdrawal"}

// kinds are those of the samples' objects, in the order in which they are printed.
func (s *samples) kinds() []string {
	return slices.DeleteFunc(slices.Clone(shownKinds), func(kind string) bool {
		return len(s.where(func(o *unstructured.Unstructured) bool { return o.GetKind() == kind })) == 0
	})
}

// plural is the resource of a kind of ours.
func plural(kind string) string {
	if kind == "Beneficiary" {
		return "beneficiaries"
	}
	return strings.ToLower(kind) + "s"
}

// showObjects prints the objects as `kubectl get` would.
func (s *show) showObjects(ctx context.Context) error {
	for _, kind := range s.samples.kinds() {
		table, err := getTable(ctx, s.cluster.admin, s.samples.namespace(), plural(kind))
		if err != nil {
			return err
		}
		s.screen.heading("$ kubectl -n %s get %s", s.samples.namespace(), plural(kind))
		s.screen.say("%s", strings.TrimRight(renderTable(table), "\n"))
	}
	return nil
}

// getTable asks the API server to list a resource as a table.
func getTable(ctx context.Context, cfg *rest.Config, namespace, resource string) (*metav1.Table, error) {
	client, err := rest.HTTPClientFor(cfg)
	if err != nil {
		return nil, fmt.Errorf("connecting to the cluster: %w", err)
	}
	base, _, err := rest.DefaultServerUrlFor(cfg)
	if err != nil {
		return nil, fmt.Errorf("connecting to the cluster: %w", err)
	}
	url := base.JoinPath("apis", group, "v1alpha1", "namespaces", namespace, resource).String()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, fmt.Errorf("listing %s: %w", resource, err)
	}
	req.Header.Set("Accept", asTable)
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("listing %s: %w", resource, err)
	}
	answer, err := body(resp)
	if err != nil {
		return nil, err
	}
	table := &metav1.Table{}
	return table, json.Unmarshal(answer, table)
}

// renderTable prints the columns that kubectl prints without -o wide.
func renderTable(table *metav1.Table) string {
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 3, ' ', 0)
	var heads []string
	for _, column := range table.ColumnDefinitions {
		if column.Priority == 0 {
			heads = append(heads, strings.ToUpper(column.Name))
		}
	}
	printRow(w, heads)
	for _, r := range table.Rows {
		printRow(w, visibleCells(table.ColumnDefinitions, r.Cells))
	}
	_ = w.Flush() // a strings.Builder takes everything
	return trimLines(out.String())
}

func visibleCells(columns []metav1.TableColumnDefinition, cells []any) []string {
	var shown []string
	for i, column := range columns {
		if column.Priority == 0 && i < len(cells) {
			shown = append(shown, cell(cells[i]))
		}
	}
	return shown
}

func cell(value any) string {
	if value == nil || value == "" {
		return "<none>"
	}
	return fmt.Sprint(value)
}

func printRow(w io.Writer, cells []string) { fmt.Fprintln(w, strings.Join(cells, "\t")) }

// trimLines takes the padding off the ends of the lines.
func trimLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n")
}
