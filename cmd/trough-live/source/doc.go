// Package source is where the driver's facts come from: Spinnaker's reservation report, the encoding system's own document or a
// Prometheus server for the workload, and recorded traces for drills. What needs Amazon's SDK is below cmd/trough-live/aws: EC2 in
// owners, SQS in queues.
//
// # Known with its age, or unknown
//
// Every figure has a time as of which it is true, which is the source's own. Whatever a source cannot be sure of is unknown, and never
// zero: an answer that is empty, partial, null, of another form, too long or too late. What an old figure is good for is the driver's to
// say (see drive.Safety).
//
// # Clocks
//
// A time is worth as much as the clock that it was read from. So the Date of every answer is compared with ours, and where they are
// further apart than Connection.SkewMax, or an answer has none, its ages are not trusted (ErrClock): a workload is unknown then, and a
// report can only lower what is believed to be available.
//
// # Several sources
//
// A Chain and a WorkChain ask several at once and take the first that is good: complete, young enough, and of a clock that is trusted.
// Where two good ones disagree people are told, and it is counted. A change of source is itself a doubt. For what is available the
// driver keeps the old source's word as an upper bound until the new one has been alone for a while (package drive, trust); for the
// workload, which no owner suffers from, a new source comes into use when it has been the first good one several times in succession.
//
// # Secrets
//
// Tokens are in files that are read when they are needed, sent to the server's own address alone, by https or within this machine, and
// are dots in whatever is printed (Secret). No redirect is followed.
package source
