package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/card-operator/card-operator/internal/sandbox/inspect"
)

// ticks is USER_HZ, which is 100 on every Linux that Go runs on.
const ticks = 100

// usage is what a process has used.
type usage struct {
	RSS, PeakRSS float64 // MiB
	CPU          float64 // seconds
	Files        int
	Goroutines   int
}

// usageOf reads /proc; where there is none, everything is zero.
func usageOf(ctx context.Context, pid int, metrics string) usage {
	proc := filepath.Join("/proc", strconv.Itoa(pid))
	var u usage
	if text, err := os.ReadFile(filepath.Join(proc, "status")); err == nil {
		u.RSS, u.PeakRSS = kilobytes(string(text), "VmRSS:"), kilobytes(string(text), "VmHWM:")
	}
	if text, err := os.ReadFile(filepath.Join(proc, "stat")); err == nil {
		u.CPU = cpuSeconds(string(text))
	}
	if files, err := os.ReadDir(filepath.Join(proc, "fd")); err == nil {
		u.Files = len(files)
	}
	if body, err := get(ctx, metrics); err == nil {
		u.Goroutines = int(sample(body, "go_goroutines"))
	}
	return u
}

func kilobytes(status, field string) float64 {
	_, after, found := strings.Cut(status, field)
	if !found {
		return 0
	}
	kb, _ := strconv.ParseFloat(strings.Fields(after)[0], 64)
	return kb / 1024
}

// cpuSeconds adds user and system time: the 12th and 13th field after the name.
func cpuSeconds(stat string) float64 {
	_, after, found := strings.Cut(stat, ") ")
	fields := strings.Fields(after)
	if !found || len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return (user + system) / ticks
}

// sample is the value of a metric without labels.
func sample(metrics, name string) float64 {
	for line := range strings.Lines(metrics) {
		if rest, ok := strings.CutPrefix(line, name+" "); ok {
			value, _ := strconv.ParseFloat(strings.TrimSpace(rest), 64)
			return value
		}
	}
	return 0
}

func get(ctx context.Context, url string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s: %s", url, answer.Status)
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, 256<<20))
	return string(text), err
}

// calls are the issuer's, by endpoint, and how many it refused for their pace.
type calls struct {
	all, refused int
	by           map[string]int
}

func (i *issuer) calls(ctx context.Context) (calls, error) {
	text, err := get(ctx, i.url+"/sandbox/report")
	if err != nil {
		return calls{}, err
	}
	var told struct {
		Calls      map[string]map[string]int `json:"calls"`
		Duplicates []inspect.Duplicate       `json:"duplicates"`
	}
	if err := json.Unmarshal([]byte(text), &told); err != nil {
		return calls{}, err
	}
	sum := calls{by: map[string]int{}}
	for endpoint, answers := range told.Calls {
		for status, n := range answers {
			sum.all += n
			sum.by[endpoint] += n
			if status == "429" {
				sum.refused += n
			}
		}
	}
	return sum, nil
}

func (c calls) since(before calls) calls {
	d := calls{all: c.all - before.all, refused: c.refused - before.refused, by: map[string]int{}}
	for endpoint, n := range c.by {
		if n -= before.by[endpoint]; n > 0 {
			d.by[endpoint] = n
		}
	}
	return d
}

// writes are the API server's, by resource; the bench's own creations are not among them.
type writes map[string]int

func (w writes) since(before writes) writes {
	d := writes{}
	for resource, n := range w {
		if n -= before[resource]; n > 0 {
			d[resource] = n
		}
	}
	return d
}

func (w writes) sum() int {
	sum := 0
	for _, n := range w {
		sum += n
	}
	return sum
}

// countWrites reads apiserver_request_total. Leases, bookings of the API server itself and
// the creation of the objects that are measured do not count.
func countWrites(metrics string, measured string) writes {
	w := writes{}
	lines := bufio.NewScanner(strings.NewReader(metrics))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		labels, value, ok := requestTotal(lines.Text())
		if !ok || !mutates[labels["verb"]] || unmeasured[labels["resource"]] {
			continue
		}
		if labels["resource"] == measured && labels["verb"] == "POST" {
			continue
		}
		w[labels["resource"]] += int(value)
	}
	return w
}

var (
	mutates    = map[string]bool{"POST": true, "PUT": true, "PATCH": true, "APPLY": true, "DELETE": true}
	unmeasured = map[string]bool{
		"leases": true, "namespaces": true, "serviceaccounts": true, "configmaps": true, "endpointslices": true, "services": true,
		"tokenreviews": true, "subjectaccessreviews": true, "customresourcedefinitions": true, "apiservices": true,
		"clusterroles": true, "clusterrolebindings": true, "roles": true, "rolebindings": true, "flowschemas": true,
		"prioritylevelconfigurations": true, "priorityclasses": true, "ipaddresses": true, "servicecidrs": true, "endpoints": true,
	}
)

func requestTotal(line string) (map[string]string, float64, bool) {
	rest, ok := strings.CutPrefix(line, "apiserver_request_total{")
	if !ok {
		return nil, 0, false
	}
	text, number, ok := strings.Cut(rest, "} ")
	if !ok {
		return nil, 0, false
	}
	labels := map[string]string{}
	for pair := range strings.SplitSeq(text, ",") {
		key, value, _ := strings.Cut(pair, "=")
		labels[key] = strings.Trim(value, `"`)
	}
	value, err := strconv.ParseFloat(number, 64)
	return labels, value, err == nil && strings.HasPrefix(labels["code"], "2")
}
