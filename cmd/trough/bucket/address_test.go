package bucket

import (
	"strings"
	"testing"
)

func TestAURLOfABucketIsRead(t *testing.T) {
	for text, want := range map[string]address{
		"s3://abc":                          {bucket: "abc"},
		"s3://abc/":                         {bucket: "abc"},
		"s3://a.b-c/x/y/":                   {bucket: "a.b-c", prefix: "x/y"},
		"s3://abc/x%20y?region=eu-west-1":   {bucket: "abc", prefix: "x y", region: "eu-west-1"},
		"s3://abc/x?endpoint=http://h:9000": {bucket: "abc", prefix: "x", endpoint: "http://h:9000"},
		"s3://abc/x?path_style=true&endpoint=https%3A%2F%2Fh": {bucket: "abc", prefix: "x", endpoint: "https://h", pathStyle: true},
		"s3://abc/x?path_style=false":                         {bucket: "abc", prefix: "x"},
	} {
		if got, err := parse(text); err != nil || *got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
}

func TestAURLThatNamesNoBucketIsRefusedWithWhatIsExpected(t *testing.T) {
	for text, want := range map[string]string{
		"https://abc.example/x":          `is of scheme "https": expected s3://bucket/prefix`,
		"S4://abc/x":                     `is of scheme "s4": expected s3://bucket/prefix`,
		"s3:///x":                        `names bucket "": expected s3://bucket/prefix`,
		"s3://abc:9000/x":                `names bucket "abc:9000": expected s3://bucket/prefix`,
		"s3://a/x":                       `names bucket "a": expected`,
		"s3://abc/x#y":                   `has #y at its end`,
		"s3://abc/x//y":                  `has prefix "x//y"`,
		"s3://abc/../y":                  `has prefix "../y"`,
		"s3://abc/%zz":                   "is no URL: expected s3://bucket/prefix",
		"s3://abc/x?regoin=eu":           `unknown parameter "regoin": expected region, endpoint or path_style`,
		"s3://abc/x?region=":             `region is [""]: expected one value`,
		"s3://abc/x?region=a&region=b":   `region is ["a" "b"]: expected one value`,
		"s3://abc/x?endpoint=h:9000":     `endpoint is "h:9000": expected a URL such as https://`,
		"s3://abc/x?endpoint=ftp://h":    `endpoint is "ftp://h": expected a URL`,
		"s3://abc/x?path_style=yes":      `path_style is "yes": expected true or false`,
		"s3://AKIA:" + secret + "@abc/x": "a URL of a bucket holds no credentials",
	} {
		_, err := parse(text)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, expected %s", text, err, want)
		}
	}
}
