package source

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"trough.internal/models"
)

func figures() []PrometheusFigures {
	return []PrometheusFigures{
		{Classes: map[string]PrometheusClass{"low": {Queued: "qa_queued", MeanWork: time.Minute, Running: "qa_running"}}},
		{Classes: map[string]PrometheusClass{"high": {Queued: "queued", Work: "work", Running: "running"}}, BaseBusy: "busy", AsOf: "as_of"},
	}
}

func vector(at models.Instant, value string) string {
	return fmt.Sprintf(`{"status":"success","data":{"resultType":"vector","result":[{"metric":{"class":"low"},"value":[%d.781,%q]}]}}`, at, value)
}

// answers are what the queries of figures give, as of noon and before.
func answers() map[string]string {
	return map[string]string{"qa_queued": vector(noon, "2.2"), "qa_running": vector(noon-7, "0"), "queued": vector(noon, "5"), "work": vector(noon, "5400.5"),
		"running": `{"status":"success","data":{"resultType":"scalar","result":[1444046395,"4"]},"infos":["metric might not be a counter"]}`,
		"busy":    vector(noon, "2e1"), "as_of": vector(noon, "1444046340")}
}

func prometheus(by map[string]string) *Prometheus {
	return &Prometheus{Asked: figures(), Query: func(_ context.Context, query string) ([]byte, error) {
		text, ok := by[query]
		if !ok {
			return nil, errors.New("down")
		}
		return []byte(text), nil
	}}
}

func TestFiguresAreAQueryEachAndAsOldAsTheOldest(t *testing.T) {
	got := make([]models.Workload, 2)
	if err := prometheus(answers()).Workload(context.Background(), noon, got); err != nil {
		t.Fatal(err)
	}
	want := []models.Workload{{AsOf: noon - 7, Queued: [models.Classes]int32{0, 0, 3}, Work: [models.Classes]int64{0, 0, 180}},
		{AsOf: noon - 60, Queued: [models.Classes]int32{5}, Work: [models.Classes]int64{5401}, Running: 4, RunningBy: [models.Classes]int32{4}, BaseBusy: 20}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// TestWhatIsNoNumberIsUnknownAndNotZero: each way in which a query gives none.
func TestWhatIsNoNumberIsUnknownAndNotZero(t *testing.T) {
	for what, answer := range map[string]string{
		"no series":   `{"status":"success","data":{"resultType":"vector","result":[]}}`,
		"two series":  `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1444046400,"1"]},{"metric":{},"value":[1444046400,"1"]}]}}`,
		"null":        `{"status":"success","data":{"resultType":"vector","result":null}}`,
		"no result":   `{"status":"success"}`,
		"a text":      `{"status":"success","data":{"resultType":"string","result":[1444046400,"7"]}}`,
		"a matrix":    `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1444046400,"7"]]}]}}`,
		"a histogram": `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"histogram":[1444046400,{"count":"7","sum":"7"}]}]}}`,
		"a warning":   strings.Replace(vector(noon, "7"), `"data"`, `"warnings":["one store did\n not answer"],"data"`, 1),
		"an error":    `{"status":"error","errorType":"timeout","error":"query timed out","data":{"resultType":"vector","result":[{"metric":{},"value":[1444046400,"7"]}]}}`,
		"NaN":         vector(noon, "NaN"), "infinity": vector(noon, "+Inf"), "a negative one": vector(noon, "-1"), "far too many": vector(noon, "1e9"),
		"a day in the future": vector(noon+86400, "7"), "words": vector(noon, "seven"), "nothing": vector(noon, ""), "no value": strings.Replace(vector(noon, "7"), `"7"`, "null", 1),
		"a bare number": strings.Replace(vector(noon, "7"), `"7"`, "7", 1), "a time that is a text": strings.Replace(vector(noon, "7"), ".781", `"`, 1),
		"no time": strings.Replace(vector(noon, "7"), "1444046400.781", "null", 1), "the future": vector(noon+61, "7"), "before time": vector(-1, "7"),
		"an empty answer": "", "a page": "<html>", "half of one": vector(noon, "7")[:60], "null for all": "null", "two answers": vector(noon, "7") + vector(noon, "7"),
	} {
		for _, query := range []string{"queued", "qa_running", "as_of", "busy"} {
			by := answers()
			by[query] = answer
			got := []models.Workload{{BaseBusy: 7}, {BaseBusy: 7}}
			err := prometheus(by).Workload(context.Background(), noon, got)
			if query == "as_of" && what == "far too many" {
				continue // which is a time of 2001
			}
			if err == nil || got[0].BaseBusy != 7 || got[1].BaseBusy != 7 || strings.ContainsAny(err.Error(), "\n\r") {
				t.Errorf("%s for %s: %v, %+v", what, query, err, got)
			}
		}
	}
	by := answers()
	delete(by, "busy")
	if err := prometheus(by).Workload(context.Background(), noon, make([]models.Workload, 2)); err == nil || err.Error() != "prometheus: down" {
		t.Errorf("a server that is down: %v", err)
	}
}

// TestAnExporterThatHasDiedIsSeenByTheTimeOfItsSamples: the server stamps what it last scraped with the time of the query.
func TestAnExporterThatHasDiedIsSeenByTheTimeOfItsSamples(t *testing.T) {
	by, got := answers(), make([]models.Workload, 2)
	by["as_of"] = vector(noon, fmt.Sprint(int64(noon-290)))
	if err := prometheus(by).Workload(context.Background(), noon, got); err != nil || got[1].AsOf != noon-290 {
		t.Errorf("as of %s, %v", got[1].AsOf, err)
	}
}

func TestAQueryGoesToTheServerAsItIs(t *testing.T) {
	const query = `sum(queued{class="low"} + 1) or x & y=z`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/base/api/v1/query" || r.FormValue("query") != query {
			t.Errorf("%s was asked for %q", r.URL.Path, r.FormValue("query"))
		}
		w.Write([]byte(vector(noon, "7")))
	}))
	defer server.Close()
	data, err := PrometheusQuery(client(t, Connection{}), server.URL+"/base")(context.Background(), query)
	if value, at, parse := ParseSample(data); err != nil || parse != nil || value != 7 || at != noon {
		t.Errorf("%g at %s, %v, %v", value, at, parse, err)
	}
}

func TestFiguresAreOfTheBorrowersAndOfKnownClasses(t *testing.T) {
	if _, err := ByBorrower(map[string]int{"encoding": 1, "qa": 2}, names); err != nil {
		t.Error(err)
	}
	for _, by := range []map[string]int{{"encoding": 1}, {"encoding": 1, "qa": 2, "nobody": 3}, nil} {
		if _, err := ByBorrower(by, names); err == nil {
			t.Errorf("%v are all borrowers", by)
		}
	}
	for _, wrong := range []interface{ Check() error }{&PrometheusFigures{}, &PrometheusFigures{Classes: map[string]PrometheusClass{"urgent": {}}}, &PrometheusClass{Queued: "x"},
		&PrometheusClass{Queued: "x", Work: "y", MeanWork: time.Second}} {
		if wrong.Check() == nil {
			t.Errorf("%+v is taken", wrong)
		}
	}
}

// FuzzPrometheus: whatever comes, what is taken for a number is one, and its time can be written.
func FuzzPrometheus(f *testing.F) {
	for _, text := range answers() {
		f.Add([]byte(text))
	}
	f.Add([]byte(`{"status":"error","errorType":"bad_data","error":"parse error"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		value, at, err := ParseSample(data)
		if err != nil {
			if text := err.Error(); strings.ContainsAny(text, "\n\r") || len(text) > 700 {
				t.Errorf("an error of several lines: %q", text)
			}
			return
		}
		if math.IsNaN(value) || math.IsInf(value, 0) || at < 0 || at > secondsMost {
			t.Errorf("%g at %d", value, at)
		}
	})
}
