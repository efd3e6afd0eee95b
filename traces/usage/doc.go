// Package usage reads the files of a bill: who ran what (ReadUsage), what was held (ReadHoldings) and what an hour costs
// (ReadRates). They are CSV with a header; columns may stand in any order, and lines that begin with # before the header
// are remarks. A name that ends in .gz is unpacked.
//
// Readers are strict, as those of package traces are: the first thing that is wrong is an error of one line that names
// file, line, value and what was expected.
//
// # usage.csv
//
//	hour           RFC 3339, the start of a clock hour of UTC
//	account        whose instance
//	instance       one run, from launch to end; a restart has another name
//	instance_type  family.size
//	zone           such as us-east-1a
//	platform       linux, windows, windows-sql, rhel or suse, or the name in Amazon's own files
//	tenancy        default or dedicated
//	seconds        for which the instance ran in that hour, 0 to 3600
//
// A run's seconds are contiguous. In its first hour they lie at the hour's end if the instance runs in the next one too,
// else at its start; in its last hour they lie at its start. A row of 0 seconds says that the hour is to be billed, and
// nothing of the instance.
//
// # holdings.csv
//
//	id             a name; it may be there again with another term, after a modification
//	account        the owner
//	kind           ri-zonal, ri-regional, capacity, sp-ec2 or sp-compute
//	instance_type  family.size; the family alone of an sp-ec2; empty or * of an sp-compute
//	location       the zone of a ri-zonal and a capacity, the region of a ri-regional and an sp-ec2; of an sp-compute, which
//	               covers all regions, it means nothing and may be empty or *
//	platform       as in usage.csv; of a Savings Plan, which covers all platforms, it means nothing and may be empty
//	tenancy        likewise
//	count          instances; of a Savings Plan the commitment in USD per hour
//	start, end     RFC 3339, the term: start is in it, end is not
//
// # rates.csv
//
//	instance_type, platform, tenancy, region
//	on_demand_usd   per hour; empty where the rate is not known, which is not zero
//	sp_ec2_usd      likewise, with an EC2 Instance Savings Plan
//	sp_compute_usd  likewise, with a Compute Savings Plan
//
// A type whose size or family is in none of Amazon's price lists is most likely misspelt, and refused. Who has a newer
// family names one of its types in rates.csv.
package usage
