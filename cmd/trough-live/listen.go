package main

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
)

// TLS is under which certificate the driver listens.
type TLS struct {
	Certificate string `set:"certificate" required:"true" doc:"File of the certificate and those that it rests on, PEM. It is read again when it changes."`
	Key         string `set:"key" required:"true" doc:"File of its key, PEM."`
}

// checkListen refuses an address that others could reach in plain text, or without a secret.
func (c *Config) checkListen() error {
	if c.Listen == "" {
		return nil
	}
	host, _, err := net.SplitHostPort(c.Listen)
	switch {
	case err != nil:
		return fmt.Errorf("listen is %q: expected HOST:PORT such as 127.0.0.1:9461", c.Listen)
	case c.loopback():
	case host != "" && host != "localhost" && net.ParseIP(host) == nil:
		return fmt.Errorf("listen is %q: expected an IP address such as 127.0.0.1 or 0.0.0.0", c.Listen)
	case c.TLS == nil || c.TokenFile == "":
		return fmt.Errorf("listen is %q, which other hosts reach: expected tls and token_file beside it, or a loopback address such as 127.0.0.1:9461", c.Listen)
	}
	return nil
}

// loopback says whether at most this machine reaches the driver.
func (c *Config) loopback() bool {
	if c.Listen == "" {
		return true
	}
	host, _, _ := net.SplitHostPort(c.Listen)
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// tokenLeast is how short a secret may be that other hosts can try: 16 characters are more than can be tried over a network.
const tokenLeast = 16

// listener listens as the configuration says.
func (c *Config) listener(log *slog.Logger) (net.Listener, error) {
	if !c.loopback() {
		name := c.path(c.TokenFile)
		token, err := os.ReadFile(name)
		if err != nil {
			return nil, fileError(name, err)
		}
		if n := len(bytes.TrimSpace(token)); n < tokenLeast {
			return nil, fmt.Errorf("%s: the token has %d characters: expected at least %d where other hosts can try", name, n, tokenLeast)
		}
	}
	var certificate *certificate
	if c.TLS != nil {
		certificate = newCertificate(c.path(c.TLS.Certificate), c.path(c.TLS.Key), log)
		if _, err := certificate.get(nil); err != nil {
			return nil, fmt.Errorf("tls: %w", err)
		}
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	if certificate != nil {
		listener = tls.NewListener(listener, &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: certificate.get, NextProtos: []string{"http/1.1"}})
	}
	return listener, nil
}

// certificate is a pair of files, read again when they change, so that a certificate is renewed without a restart.
type certificate struct {
	files [2]string
	log   *slog.Logger

	mutex sync.Mutex
	made  [2]string // of each file, when it was made and how long it is
	last  *tls.Certificate
}

func newCertificate(file, key string, log *slog.Logger) *certificate {
	return &certificate{files: [2]string{file, key}, log: log}
}

// get is for tls.Config. Files that cannot be read, because they are being replaced, leave the certificate that was there.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	made := [2]string{stampOf(c.files[0]), stampOf(c.files[1])}
	if c.last != nil && made == c.made {
		return c.last, nil
	}
	pair, err := tls.LoadX509KeyPair(c.files[0], c.files[1])
	switch {
	case err == nil:
		c.last, c.made = &pair, made
	case c.last == nil:
		return nil, err
	case made != c.made:
		c.made = made // said once
		c.log.Warn("the new certificate cannot be read: the one before stays", "error", err)
	}
	return c.last, nil
}
