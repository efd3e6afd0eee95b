package aws

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"
)

// wordy answers as Amazon does: of each instance it says all that Amazon does beside what the fake says, in lines that are indented.
// What was asked before is answered as before, so that a benchmark's own work is next to nothing.
type wordy struct {
	to http.RoundTripper

	mutex   sync.Mutex
	answers map[string][]byte // by question
	bytes   int
}

func (w *wordy) RoundTrip(r *http.Request) (*http.Response, error) {
	question, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	body := w.answers[string(question)]
	if body == nil {
		again := r.Clone(r.Context())
		again.Body = io.NopCloser(bytes.NewReader(question))
		answer, err := w.to.RoundTrip(again)
		if err != nil || answer.StatusCode != http.StatusOK {
			return answer, err
		}
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			return nil, err
		}
		if body = text; strings.Contains(string(question), "Action=DescribeInstances") {
			body = bytes.ReplaceAll(body, []byte("<tagSet>"), []byte(more+"<tagSet>"))
		}
		w.answers[string(question)] = body
	}
	w.bytes += len(body)
	return &http.Response{StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r, ContentLength: int64(len(body)),
		Header: http.Header{"Content-Type": {"text/xml;charset=UTF-8"}}, Body: io.NopCloser(bytes.NewReader(body))}, nil
}

// more is what EC2 says of an instance in a VPC, with one network interface and one volume, in the element names and the order of its
// API reference (DescribeInstances, example response).
const more = `
                    <keyName>encode</keyName>
                    <kernelId/>
                    <privateIpAddress>10.20.30.40</privateIpAddress>
                    <sourceDestCheck>true</sourceDestCheck>
                    <groupSet>
                        <item>
                            <groupId>sg-0e4e5b1a2c3d4e5f6</groupId>
                            <groupName>encode-workers</groupName>
                        </item>
                        <item>
                            <groupId>sg-0aaaabbbbccccdddd</groupId>
                            <groupName>base</groupName>
                        </item>
                    </groupSet>
                    <rootDeviceType>ebs</rootDeviceType>
                    <rootDeviceName>/dev/xvda</rootDeviceName>
                    <blockDeviceMapping>
                        <item>
                            <deviceName>/dev/xvda</deviceName>
                            <ebs>
                                <volumeId>vol-0123456789abcdef0</volumeId>
                                <status>attached</status>
                                <attachTime>2015-10-05T00:00:07.000Z</attachTime>
                                <deleteOnTermination>true</deleteOnTermination>
                            </ebs>
                        </item>
                    </blockDeviceMapping>
                    <virtualizationType>hvm</virtualizationType>
                    <hypervisor>xen</hypervisor>
                    <networkInterfaceSet>
                        <item>
                            <networkInterfaceId>eni-0123456789abcdef0</networkInterfaceId>
                            <subnetId>subnet-0123456789abcdef0</subnetId>
                            <vpcId>vpc-0123456789abcdef0</vpcId>
                            <description/>
                            <ownerId>222222222222</ownerId>
                            <status>in-use</status>
                            <macAddress>02:dd:2c:5e:01:69</macAddress>
                            <privateIpAddress>10.20.30.40</privateIpAddress>
                            <privateDnsName>ip-10-20-30-40.ec2.internal</privateDnsName>
                            <sourceDestCheck>true</sourceDestCheck>
                            <groupSet>
                                <item>
                                    <groupId>sg-0e4e5b1a2c3d4e5f6</groupId>
                                    <groupName>encode-workers</groupName>
                                </item>
                                <item>
                                    <groupId>sg-0aaaabbbbccccdddd</groupId>
                                    <groupName>base</groupName>
                                </item>
                            </groupSet>
                            <attachment>
                                <attachmentId>eni-attach-0123456789abcdef0</attachmentId>
                                <deviceIndex>0</deviceIndex>
                                <status>attached</status>
                                <attachTime>2015-10-05T00:00:06.000Z</attachTime>
                                <deleteOnTermination>true</deleteOnTermination>
                                <networkCardIndex>0</networkCardIndex>
                            </attachment>
                            <privateIpAddressesSet>
                                <item>
                                    <privateIpAddress>10.20.30.40</privateIpAddress>
                                    <privateDnsName>ip-10-20-30-40.ec2.internal</privateDnsName>
                                    <primary>true</primary>
                                </item>
                            </privateIpAddressesSet>
                            <ipv6AddressesSet/>
                            <interfaceType>interface</interfaceType>
                            <operator>
                                <managed>false</managed>
                            </operator>
                        </item>
                    </networkInterfaceSet>
                    <iamInstanceProfile>
                        <arn>arn:aws:iam::222222222222:instance-profile/encode-worker</arn>
                        <id>AIPAEXAMPLEEXAMPLE123</id>
                    </iamInstanceProfile>
                    <ebsOptimized>true</ebsOptimized>
                    <enaSupport>true</enaSupport>
                    <cpuOptions>
                        <coreCount>8</coreCount>
                        <threadsPerCore>2</threadsPerCore>
                    </cpuOptions>
                    <capacityReservationSpecification>
                        <capacityReservationPreference>open</capacityReservationPreference>
                    </capacityReservationSpecification>
                    <hibernationOptions>
                        <configured>false</configured>
                    </hibernationOptions>
                    <metadataOptions>
                        <state>applied</state>
                        <httpTokens>required</httpTokens>
                        <httpPutResponseHopLimit>2</httpPutResponseHopLimit>
                        <httpEndpoint>enabled</httpEndpoint>
                        <httpProtocolIpv6>disabled</httpProtocolIpv6>
                        <instanceMetadataTags>enabled</instanceMetadataTags>
                    </metadataOptions>
                    <enclaveOptions>
                        <enabled>false</enabled>
                    </enclaveOptions>
                    <bootMode>uefi-preferred</bootMode>
                    <platformDetails>Linux/UNIX</platformDetails>
                    <usageOperation>RunInstances</usageOperation>
                    <usageOperationUpdateTime>2015-10-05T00:00:06.000Z</usageOperationUpdateTime>
                    <privateDnsNameOptions>
                        <hostnameType>ip-name</hostnameType>
                        <enableResourceNameDnsARecord>false</enableResourceNameDnsARecord>
                        <enableResourceNameDnsAAAARecord>false</enableResourceNameDnsAAAARecord>
                    </privateDnsNameOptions>
                    <maintenanceOptions>
                        <autoRecovery>default</autoRecovery>
                        <rebootMigration>default</rebootMigration>
                    </maintenanceOptions>
                    <currentInstanceBootMode>uefi</currentInstanceBootMode>
                    <operator>
                        <managed>false</managed>
                    </operator>
                    `
