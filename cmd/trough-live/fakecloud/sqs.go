package fakecloud

import (
	"encoding/json"
	"io"
	"net/http"
	"path"
	"slices"
)

var sqsActions = map[string]handler{
	"GetQueueUrl":        (*Server).queueURL,
	"GetQueueAttributes": (*Server).queueAttributes,
}

// sqsRequest is all that the requests here may hold.
type sqsRequest struct {
	QueueName      string
	QueueOwner     string `json:"QueueOwnerAWSAccountId"`
	QueueURL       string `json:"QueueUrl"`
	AttributeNames []string
}

func (c *call) sqs(into *sqsRequest) error {
	body, err := io.ReadAll(c.Body)
	if err != nil {
		return err
	}
	return json.Unmarshal(body, into)
}

func noQueue() answer {
	return sqsError(http.StatusBadRequest, "QueueDoesNotExist", "The specified queue does not exist.")
}

func (s *Server) queueURL(c *call) answer {
	var r sqsRequest
	if err := c.sqs(&r); err != nil {
		return sqsError(http.StatusBadRequest, "InvalidParameterValue", err.Error())
	}
	if c.account.Queues[r.QueueName] == nil {
		return noQueue()
	}
	return jsonAnswer(http.StatusOK, map[string]string{"QueueUrl": "http://" + c.Host + "/" + c.account.Number + "/" + r.QueueName})
}

func (s *Server) queueAttributes(c *call) answer {
	var r sqsRequest
	if err := c.sqs(&r); err != nil {
		return sqsError(http.StatusBadRequest, "InvalidParameterValue", err.Error())
	}
	q := c.account.Queues[path.Base(r.QueueURL)]
	if q == nil {
		return noQueue()
	}
	attributes := map[string]string{}
	for name, value := range q {
		if slices.Contains(r.AttributeNames, name) || slices.Contains(r.AttributeNames, "All") {
			attributes[name] = value
		}
	}
	return jsonAnswer(http.StatusOK, map[string]any{"Attributes": attributes})
}
