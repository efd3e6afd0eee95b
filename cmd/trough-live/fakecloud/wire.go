package fakecloud

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// This file is how requests are read and answers are written: the query protocols of EC2 and of Auto Scaling, which differ in how
// they write lists and errors, and the JSON of SQS.

const (
	ec2Version     = "2016-11-15"
	scalingVersion = "2011-01-01"

	xmlMime  = "text/xml;charset=UTF-8"
	jsonMime = "application/x-amz-json-1.0"
)

// node is an XML element: text, or others in their order.
type node struct {
	name  string
	text  string
	nodes []node
}

func leaf(name string, value any) node {
	text, is := value.(string)
	if !is {
		text = fmt.Sprint(value)
	}
	return node{name: name, text: text}
}

func branch(name string, nodes ...node) node { return node{name: name, nodes: nodes} }

// list is an element that holds others under one name: item in EC2, member in Auto Scaling.
func list[T any](name, item string, of []T, element func(T) []node) node {
	n := node{name: name}
	for _, one := range of {
		n.nodes = append(n.nodes, branch(item, element(one)...))
	}
	return n
}

func (n *node) write(b *bytes.Buffer) {
	name, _, _ := strings.Cut(n.name, " ") // an attribute may follow
	b.WriteByte('<')
	b.WriteString(n.name)
	b.WriteByte('>')
	if n.text != "" {
		xml.EscapeText(b, []byte(n.text))
	}
	for i := range n.nodes {
		n.nodes[i].write(b)
	}
	b.WriteString("</")
	b.WriteString(name)
	b.WriteByte('>')
}

func xmlAnswer(status int, root node) answer {
	b := bytes.NewBufferString(xml.Header)
	root.write(b)
	return answer{status, xmlMime, b.Bytes()}
}

// requestID is that of every request: nobody tells them apart by it.
const requestID = "00000000-0000-4000-8000-000000000000"

// ec2Answer is an answer of EC2's.
func ec2Answer(operation string, nodes ...node) answer {
	name := strings.TrimPrefix(operation, "ec2:") + "Response xmlns=\"http://ec2.amazonaws.com/doc/" + ec2Version + "/\""
	return xmlAnswer(http.StatusOK, branch(name, append([]node{leaf("requestId", requestID)}, nodes...)...))
}

// scalingAnswer is an answer of Auto Scaling's; where there is nothing to say, it has no result.
func scalingAnswer(operation string, nodes ...node) answer {
	name := strings.TrimPrefix(operation, "autoscaling:")
	root := branch(name + "Response xmlns=\"http://autoscaling.amazonaws.com/doc/" + scalingVersion + "/\"")
	if len(nodes) > 0 {
		root.nodes = append(root.nodes, branch(name+"Result", nodes...))
	}
	root.nodes = append(root.nodes, branch("ResponseMetadata", leaf("RequestId", requestID)))
	return xmlAnswer(http.StatusOK, root)
}

func jsonAnswer(status int, value any) answer {
	body, err := json.Marshal(value)
	if err != nil {
		panic(err) // ours: only numbers, words and maps of them are written
	}
	return answer{status, jsonMime, body}
}

// refusal is how a service says no.
type refusal struct {
	needsAccount bool
	auth         string // the error code of a key that nobody has
	throttled    string // that of too many calls, and its status
	throttling   int
	with         func(status int, code, message string) answer
}

var (
	ec2Refusal     = refusal{true, "AuthFailure", "RequestLimitExceeded", http.StatusServiceUnavailable, ec2Error}
	scalingRefusal = refusal{true, "InvalidClientTokenId", "Throttling", http.StatusBadRequest, scalingError}
	sqsRefusal     = refusal{true, "InvalidClientTokenId", "ThrottlingException", http.StatusBadRequest, sqsError}
	plainRefusal   = refusal{false, "", "", http.StatusTooManyRequests, plainError}
)

func ec2Error(status int, code, message string) answer {
	return xmlAnswer(status, branch("Response", branch("Errors", branch("Error", leaf("Code", code), leaf("Message", message))), leaf("RequestID", requestID)))
}

func scalingError(status int, code, message string) answer {
	return xmlAnswer(status, branch("ErrorResponse xmlns=\"http://autoscaling.amazonaws.com/doc/"+scalingVersion+"/\"",
		branch("Error", leaf("Type", "Sender"), leaf("Code", code), leaf("Message", message)), leaf("RequestId", requestID)))
}

func sqsError(status int, code, message string) answer {
	return jsonAnswer(status, map[string]string{"__type": "com.amazonaws.sqs#" + code, "message": message})
}

func plainError(status int, code, message string) answer {
	return answer{status, "text/plain; charset=utf-8", []byte(strings.TrimSpace(code+" "+message) + "\n")}
}

// values reads a list of a form: Prefix.1, Prefix.2 and so on, until one is missing.
func values(form url.Values, prefix string) (list []string) {
	for i := 1; form.Has(prefix + "." + strconv.Itoa(i)); i++ {
		list = append(list, form.Get(prefix+"."+strconv.Itoa(i)))
	}
	return list
}

// pair is a key and a value.
type pair struct{ key, value string }

// pairs reads a list of tags of a form: Prefix.1.Key and Prefix.1.Value and so on.
func pairs(form url.Values, prefix string) (list []pair) {
	for i := 1; form.Has(fmt.Sprintf("%s.%d.Key", prefix, i)); i++ {
		list = append(list, pair{form.Get(fmt.Sprintf("%s.%d.Key", prefix, i)), form.Get(fmt.Sprintf("%s.%d.Value", prefix, i))})
	}
	return list
}

// number reads a number of a form, which has bounds, or says that it is not there.
func number(form url.Values, name string, least, most int64) (n int64, given bool, err error) {
	if !form.Has(name) {
		return 0, false, nil
	}
	n, err = strconv.ParseInt(form.Get(name), 10, 64)
	if err != nil || n < least || n > most {
		return 0, true, fmt.Errorf("value (%s) for parameter %s is invalid: expected a number from %d to %d", form.Get(name), name, least, most)
	}
	return n, true, nil
}

// page cuts a list that is in order of its keys: at most so many, after the key that a token stands for.
func page[T any](all []T, key func(T) string, token string, most int) (part []T, next string, err error) {
	first := 0
	if token != "" {
		for first < len(all) && tokenOf(key(all[first])) != token {
			first++
		}
		if first == len(all) {
			return nil, "", fmt.Errorf("the token %q is not valid", token)
		}
	}
	last := min(len(all), first+most)
	if last < len(all) {
		next = tokenOf(key(all[last]))
	}
	return all[first:last], next, nil
}

// tokenOf is opaque, as Amazon's are, so that nobody comes to rely on what is in it.
func tokenOf(key string) string { return fmt.Sprintf("%x", "next "+key) }
