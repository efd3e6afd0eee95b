package source

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"
)

// Client asks servers. It follows no redirect, takes no answer but 200, and gives up what takes too long or is too long. No error of
// its has a secret, or the query of an address, in it.
type Client struct {
	set    Connection
	client http.Client
	Now    func() time.Time // to compare a server's clock with; the machine's
}

// Get returns the document at an address. With an error that wraps ErrClock it returns the document all the same.
func (c *Client) Get(ctx context.Context, address string) ([]byte, error) {
	shown := withoutQuery(address)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: it is no address", shown)
	}
	request.Header.Set("Accept", "application/json")
	token, err := c.authorize(request)
	if err != nil {
		return nil, err
	}
	sent := c.Now()
	answer, err := c.client.Do(request)
	received := c.Now()
	if err != nil {
		if outer := (*url.Error)(nil); errors.As(err, &outer) {
			err = outer.Err
		}
		return nil, fmt.Errorf("%s: %w", shown, err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: status %d: expected 200", shown, answer.StatusCode)
	}
	data, err := io.ReadAll(io.LimitReader(answer.Body, c.set.SizeMax+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", shown, err)
	}
	if int64(len(data)) > c.set.SizeMax {
		return nil, fmt.Errorf("%s: more than %d bytes", shown, c.set.SizeMax)
	}
	if text := token.Reveal(); text != "" {
		data = bytes.ReplaceAll(data, []byte(text), []byte(dots)) // a server that repeats what it was told
	}
	if err := CheckClock(answer.Header.Get("Date"), sent, received, c.set.SkewMax); err != nil {
		return data, fmt.Errorf("%s: %w", shown, err)
	}
	return data, nil
}

// Getter gets from one address.
func (c *Client) Getter(address string) func(context.Context) ([]byte, error) {
	return func(ctx context.Context) ([]byte, error) { return c.Get(ctx, address) }
}

func (c *Client) authorize(request *http.Request) (Secret, error) {
	if c.set.TokenFile == "" {
		return Secret{}, nil
	}
	token, err := secretFile(c.set.TokenFile)
	switch {
	case err != nil:
		return token, err
	case request.URL.Scheme != "https" && !loopback(request.URL.Hostname()):
		return token, fmt.Errorf("%s: a token would be sent in the clear: expected https", withoutQuery(request.URL.String()))
	case c.set.User != "":
		request.SetBasicAuth(c.set.User, token.Reveal())
	default:
		request.Header.Set("Authorization", "Bearer "+token.Reveal())
	}
	return token, nil
}

// ErrClock is the error of an answer that came, but whose server's clock is not ours: its times say nothing about its age.
var ErrClock = errors.New("its ages are not trusted")

// CheckClock compares the Date of an answer, which is in whole seconds, with when it was asked for and received. A clock that was not
// told is none to be trusted.
func CheckClock(date string, sent, received time.Time, most time.Duration) error {
	told, err := http.ParseTime(date)
	if err != nil {
		return fmt.Errorf("the answer's Date is %q: expected one: %w", Shortened(date), ErrClock)
	}
	ahead, behind := told.Sub(received), sent.Truncate(time.Second).Sub(told)
	switch {
	case ahead > most:
		return fmt.Errorf("its clock is %s ahead of ours: expected %s at most: %w", ahead.Round(time.Second), most, ErrClock)
	case behind > most:
		return fmt.Errorf("its clock is %s behind ours: expected %s at most: %w", behind.Round(time.Second), most, ErrClock)
	}
	return nil
}

// Connection is how a server is asked: for how long, for how much, and as whom.
type Connection struct {
	Timeout   time.Duration `set:"timeout" default:"30s" min:"1ms" max:"10m" doc:"After how long a request is given up."`
	SizeMax   int64         `set:"size_max" default:"67108864" min:"1024" max:"1073741824" unit:"bytes" doc:"Longest answer."`
	SkewMax   time.Duration `set:"skew_max" default:"1m" min:"1s" max:"24h" doc:"How far the server's clock, by the Date of its answers, may be from ours. Beyond it the ages of its answers are not trusted, and nothing is increased by them."`
	CAFile    string        `set:"ca_file" doc:"Certificates (PEM) of those who sign the server's; not given: the system's. Read at the start."`
	CertFile  string        `set:"cert_file" doc:"Our own certificate (PEM), where the server wants one. Read at each connection."`
	KeyFile   string        `set:"key_file" doc:"Its key (PEM)."`
	TokenFile string        `set:"token_file" doc:"File of the token that the server wants. Read at each request; sent by https, or to this machine, only."`
	User      string        `set:"user" doc:"With it the token is the password of basic authentication; not given: a bearer token."`
}

// Check refuses halves of what belongs together.
func (c *Connection) Check() error {
	switch {
	case (c.CertFile == "") != (c.KeyFile == ""):
		return errors.New("expected cert_file and key_file, or neither")
	case c.User != "" && c.TokenFile == "":
		return errors.New("user is given: expected token_file, the file of its password")
	}
	return nil
}

// Client makes a client. Path says where the files are that the connection names. It reads the certificates, and no token.
func (c Connection) Client(path func(string) string) (*Client, error) {
	for _, file := range [...]*string{&c.CAFile, &c.CertFile, &c.KeyFile, &c.TokenFile} {
		if *file != "" {
			*file = path(*file)
		}
	}
	set := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.CAFile != "" {
		text, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, fileError(c.CAFile, err)
		}
		set.RootCAs = x509.NewCertPool()
		if !set.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("%s: there is no certificate in it: expected PEM", c.CAFile)
		}
	}
	if c.CertFile != "" {
		own := func() (*tls.Certificate, error) {
			pair, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
			if err != nil {
				return nil, fileError(c.CertFile+", "+c.KeyFile, err)
			}
			return &pair, nil
		}
		if _, err := own(); err != nil {
			return nil, err
		}
		set.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return own() }
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig, transport.MaxResponseHeaderBytes = set, 1<<16
	return &Client{set: c, Now: time.Now, client: http.Client{Timeout: c.Timeout, Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}, nil
}

// CheckAddress refuses what is no address of a server, and one with a password in it, which the configuration would show. Its error
// does not repeat the address.
func CheckAddress(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return errors.New("expected an address such as http://clouddriver:7002")
	case u.User != nil:
		return errors.New("the address has a user or a password in it: expected connection.user and connection.token_file")
	}
	return nil
}

// withoutQuery is an address as errors show it.
func withoutQuery(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "(no address)"
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
