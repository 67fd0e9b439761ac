package transport

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// DefaultIssuerHosts is what --allowed-issuer-hosts holds by default: the vendors' own
// hosts (Qbit v1 and its white label iPeakoin, Interlace v3, QI Tech).
var DefaultIssuerHosts = []string{
	"api-global.qbitnetwork.com",
	"global.service.staging.qbitnetwork.com",
	"api.ipeakoin.com",
	"api-sandbox.ipeakoin.com",
	"api.interlace.money",
	"api-sandbox.interlace.money",
	"api-auth.qitech.app",
	"api-auth.sandbox.qitech.app",
}

// AllowList holds the hosts that credentials may be sent to. The zero value allows
// none.
type AllowList struct{ rules []rule }

// rule is one entry of the flag.
type rule struct {
	host   string // lower case; without the star for a suffix rule
	suffix bool
	port   string // empty matches every port
	plain  bool   // plain http is allowed too
	reach  reach
}

// ParseAllowList reads the entries of --allowed-issuer-hosts. An entry is one of
//
//	host, host:port      https, and public addresses only
//	*.suffix             the same for every host below the suffix
//	http://host[:port]   plain http as well, and private addresses
//
// A loopback address or "localhost" without a scheme stands for itself, over http too.
// An entry without a port matches every port of its host.
func ParseAllowList(entries []string) (AllowList, error) {
	var list AllowList
	for _, entry := range entries {
		entry = strings.TrimSpace(entry)
		if entry == "" {
			continue
		}
		r, err := parseRule(entry)
		if err != nil {
			return AllowList{}, fmt.Errorf("allowed issuer host %q: %w", entry, err)
		}
		list.rules = append(list.rules, r)
	}
	return list, nil
}

func parseRule(entry string) (rule, error) {
	rest, plain := strings.CutPrefix(entry, "http://")
	if !plain {
		rest = strings.TrimPrefix(rest, "https://")
	}
	rest, suffix := strings.CutPrefix(strings.TrimSuffix(rest, "/"), "*.")
	host, port, err := splitHost(rest)
	if err != nil {
		return rule{}, err
	}
	if suffix && (plain || isLocal(host)) {
		return rule{}, errors.New("a suffix can only be allowed for https and public addresses")
	}
	r := rule{host: host, suffix: suffix, port: port, plain: plain, reach: reachPublic}
	switch {
	case plain:
		r.reach = reachPrivate
	case isLocal(host):
		r.plain, r.reach = true, reachLoopback
	}
	return r, nil
}

// splitHost parses host[:port] through net/url, which knows the brackets of IPv6.
func splitHost(text string) (host, port string, err error) {
	if addr, err := netip.ParseAddr(text); err == nil && addr.Is6() {
		text = "[" + text + "]"
	}
	u, err := url.Parse("https://" + text)
	if err != nil || u.Host != text || u.Hostname() == "" {
		return "", "", errors.New("want host, host:port, *.suffix or http://host[:port]")
	}
	host = normalHost(u.Hostname())
	if !plainHost(host) {
		return "", "", errors.New("the host has characters that host names do not have")
	}
	return host, u.Port(), nil
}

// Check tells whether credentials may be sent to baseURL, and if not, what to do.
func (l AllowList) Check(baseURL string) error {
	u, err := parseBase(baseURL)
	if err != nil {
		return err
	}
	_, err = l.admit(u)
	return err
}

// admit returns how far the dialer may reach for u.
func (l AllowList) admit(u *url.URL) (reach, error) {
	host, port := normalHost(u.Hostname()), portOf(u)
	best, known := reachNone, false
	for _, r := range l.rules {
		if !r.matches(host, port) {
			continue
		}
		known = true
		if u.Scheme == "https" || r.plain {
			best = max(best, r.reach)
		}
	}
	switch {
	case !known:
		return reachNone, fmt.Errorf("the host %q is not allowed: ask the operator's administrator to add it to --allowed-issuer-hosts", host)
	case best == reachNone:
		return reachNone, fmt.Errorf("plain http to %q is not allowed: use https, or ask the operator's administrator to add http://%s to --allowed-issuer-hosts", host, host)
	}
	if addr, err := netip.ParseAddr(host); err == nil && !best.covers(addr) {
		return reachNone, fmt.Errorf("the address %s is not public: ask the operator's administrator to add http://%s to --allowed-issuer-hosts", host, host)
	}
	return best, nil
}

func (r rule) matches(host, port string) bool {
	if r.port != "" && r.port != port {
		return false
	}
	if r.suffix {
		return strings.HasSuffix(host, "."+r.host)
	}
	return r.host == host
}

// parseBase accepts an absolute http or https URL that has nothing but a host and
// perhaps a path. Its errors never quote the URL, which could hold credentials.
func parseBase(baseURL string) (*url.URL, error) {
	u, err := url.Parse(baseURL)
	if err != nil {
		return nil, errors.New("the base URL cannot be parsed")
	}
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("the base URL must start with https://")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Opaque != "":
		return nil, errors.New("the base URL must have neither user, query nor fragment")
	case !plainHost(normalHost(u.Hostname())):
		return nil, errors.New("the base URL must name a host")
	}
	return u, nil
}

func normalHost(host string) string { return strings.ToLower(strings.TrimSuffix(host, ".")) }

// plainHost admits host names and addresses in ASCII, so that no look-alike letters
// reach a message or a resolver.
func plainHost(host string) bool {
	return host != "" && len(host) <= 253 && !slices.ContainsFunc([]byte(host), func(c byte) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789.-_:", rune(c))
	})
}

func portOf(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if u.Scheme == "http" {
		return "80"
	}
	return "443"
}
