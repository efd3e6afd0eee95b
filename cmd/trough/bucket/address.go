package bucket

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// address is what a URL says.
type address struct {
	bucket, prefix   string // the prefix without slashes around it
	region, endpoint string // "" is what the environment says
	pathStyle        bool   // http://endpoint/bucket/key for http://bucket.endpoint/key
}

// IsURL says whether a name is meant as a URL, and not as a path.
func IsURL(name string) bool { return strings.Contains(name, "://") }

// expected is what a URL is to look like.
const expected = "expected s3://bucket/prefix, with ?region=, &endpoint= and &path_style=true where they are needed"

// bucketName is wider than Amazon's rule: other stores have capitals and underscores.
var bucketName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$`)

// parse reads a URL: s3://bucket/prefix?region=..&endpoint=..&path_style=true.
func parse(text string) (*address, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%q is no URL: %s", text, expected)
	}
	a := &address{bucket: u.Host, prefix: strings.Trim(u.Path, "/")}
	switch {
	case u.User != nil: // not repeated: it may be a secret
		return nil, fmt.Errorf("a URL of a bucket holds no credentials, which come from the environment: %s", expected)
	case u.Scheme != "s3":
		return nil, fmt.Errorf("%q is of scheme %q: %s", text, u.Scheme, expected)
	case !bucketName.MatchString(a.bucket):
		return nil, fmt.Errorf("%q names bucket %q: %s", text, a.bucket, expected)
	case u.Fragment != "":
		return nil, fmt.Errorf("%q has #%s at its end: %s", text, u.Fragment, expected)
	case a.prefix != "" && path.Clean("/"+a.prefix) != "/"+a.prefix:
		return nil, fmt.Errorf("%q has prefix %q: expected one without empty parts and dots alone", text, a.prefix)
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, fmt.Errorf("%q: %w: %s", text, err, expected)
	}
	for key, values := range query {
		if err := a.set(key, values); err != nil {
			return nil, fmt.Errorf("%q: %w", text, err)
		}
	}
	return a, nil
}

func (a *address) set(key string, values []string) error {
	if len(values) != 1 || values[0] == "" {
		return fmt.Errorf("%s is %q: expected one value", key, values)
	}
	value := values[0]
	switch key {
	case "region":
		a.region = value
	case "endpoint":
		u, err := url.Parse(value)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
			return fmt.Errorf("endpoint is %q: expected a URL such as https://storage.example:9000", value)
		}
		a.endpoint = value
	case "path_style":
		on, err := strconv.ParseBool(value)
		if err != nil {
			return fmt.Errorf("path_style is %q: expected true or false", value)
		}
		a.pathStyle = on
	default:
		return fmt.Errorf("unknown parameter %q: expected region, endpoint or path_style", key)
	}
	return nil
}

// key is an object's key; of the name "", the prefix.
func (a *address) key(name string) string { return path.Join(a.prefix, name) }
