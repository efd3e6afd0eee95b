package metrics

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"time"
)

// Spectatord sends metrics to the daemon that speaks with Atlas: lines TYPE[,TTL]:NAME[,KEY=VALUE...]:NUMBER, several to a datagram.
// A datagram that it does not take is lost, and counted; nobody waits for it.
//
// The protocol is that of github.com/Netflix-Skunkworks/spectatord: g is a gauge, with the seconds for which it is kept, c a
// counter, to which is added, and T a percentile timer, of seconds.
type Spectatord struct {
	network, address string
	ttl              int64 // of gauges, in seconds
	conn             net.Conn
	datagram         []byte
	lost             int64
}

const (
	// datagramMost is what a datagram has at most, in bytes: what an Ethernet frame takes with the heads of UDP and IPv6.
	datagramMost = 1432
	// sendWithin is how long a datagram may wait for a daemon that is busy.
	sendWithin = 50 * time.Millisecond
	// What Atlas takes of a name and of a tag's key and value, in characters.
	nameMost, keyMost, valueMost = 255, 60, 120
)

// CheckSpectatord refuses what is no address of a daemon: udp://HOST:PORT or unix:///PATH.
func CheckSpectatord(address string) error {
	_, _, err := spectatordAddress(address)
	return err
}

func spectatordAddress(address string) (network, place string, err error) {
	u, err := url.Parse(address)
	switch {
	case err == nil && u.Scheme == "udp" && u.Port() != "" && u.Hostname() != "" && u.Path == "":
		return "udp", u.Host, nil
	case err == nil && u.Scheme == "unix" && u.Host == "" && u.Path != "":
		return "unixgram", u.Path, nil
	}
	return "", "", fmt.Errorf("%q: expected an address such as udp://127.0.0.1:1234 or unix:///run/spectatord/spectatord.unix", address)
}

// NewSpectatord sends to an address, whether or not somebody listens there yet. A gauge is kept for three of the times after which it
// is sent again, but for a minute at least.
func NewSpectatord(address string, every time.Duration) (*Spectatord, error) {
	network, place, err := spectatordAddress(address)
	if err != nil {
		return nil, err
	}
	return &Spectatord{network: network, address: place, ttl: max(60, int64(3*every/time.Second))}, nil
}

var spectatordTypes = map[Kind]string{Counter: "c", Timer: "T"}

// line appends a line, and sends what is there before it where both do not fit into a datagram.
func (s *Spectatord) line(d *Definition, value float64, labels []string) {
	var text []byte
	if d.Kind == Gauge {
		text = strconv.AppendInt(append(text, "g,"...), s.ttl, 10)
	} else {
		text = append(text, spectatordTypes[d.Kind]...)
	}
	text = appendWord(append(text, ':'), d.Name, nameMost)
	for i, value := range labels {
		if value == "" { // Atlas takes no empty one
			continue
		}
		text = appendWord(append(text, ','), d.Labels[i], keyMost)
		text = appendWord(append(text, '='), value, valueMost)
	}
	text = strconv.AppendFloat(append(text, ':'), value, 'f', -1, 64)
	if len(s.datagram)+1+len(text) > datagramMost {
		s.send()
	}
	if len(s.datagram) > 0 {
		s.datagram = append(s.datagram, '\n')
	}
	s.datagram = append(s.datagram, text...)
}

// appendWord appends what Atlas takes of a word: other characters become underscores.
func appendWord(to []byte, word string, most int) []byte {
	for i := 0; i < min(len(word), most); i++ {
		switch c := word[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '.', c == '_':
			to = append(to, c)
		default:
			to = append(to, '_')
		}
	}
	return to
}

// Flush sends what is left, and says how many datagrams were lost since it was last called.
func (s *Spectatord) Flush() (lost int64) {
	s.send()
	lost, s.lost = s.lost, 0
	return lost
}

func (s *Spectatord) send() {
	if len(s.datagram) == 0 {
		return
	}
	if err := s.write(); err != nil {
		s.lost++
		if s.conn != nil {
			s.conn.Close()
			s.conn = nil // a daemon that was started again has another socket
		}
	}
	s.datagram = s.datagram[:0]
}

func (s *Spectatord) write() error {
	if s.conn == nil {
		conn, err := net.DialTimeout(s.network, s.address, sendWithin)
		if err != nil {
			return err
		}
		s.conn = conn
	}
	if err := s.conn.SetWriteDeadline(time.Now().Add(sendWithin)); err != nil {
		return err
	}
	_, err := s.conn.Write(s.datagram)
	return err
}
