package main

import (
	"fmt"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	zec "github.com/cdktf-zenlayer-zec/cdktf-zenlayer-zec-go/zec"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

type nic struct{ purpose, id string }

type machine struct {
	name, instanceID string
	nics             []nic
}

// One line per instance, so that a change in a code review matches the change in the plan.
var fleet = []machine{
	{"router-1", "ins-router-1", []nic{
		{"inside", "nic-router-1-inside"}, {"outside", "nic-router-1-outside"}, {"storage", "nic-router-1-storage"},
	}},
	{"router-2", "ins-router-2", []nic{{"inside", "nic-router-2-inside"}, {"outside", "nic-router-2-outside"}}},
	{"monitor", "ins-monitor", []nic{{"inside", "nic-monitor-inside"}}},
}

func main() {
	app := cdktf.NewApp(nil)
	stack := cdktf.NewTerraformStack(app, jsii.String("fleet"))

	zec.NewProviderRunner(stack, jsii.String("zec"), nil)

	var ids, macAddresses []*string
	var attachments []constructs.IDependable
	for _, machine := range fleet {
		// One after the other: a guest names its vNICs in the order in which they are attached.
		previous := []constructs.IDependable{}
		for _, nic := range machine.nics {
			attachment := zec.NewNicAttachment(stack, jsii.String(fmt.Sprintf("%s-%s", machine.name, nic.purpose)),
				&zec.NicAttachmentProps{
					NicId:      jsii.String(nic.id),
					InstanceId: jsii.String(machine.instanceID),
					DependsOn:  &previous,
				})
			ids = append(ids, attachment.Id())
			macAddresses = append(macAddresses, attachment.MacAddress())
			attachments = append(attachments, attachment)
			previous = []constructs.IDependable{attachment}
		}
	}
	free := zec.NewDataZecNics(stack, jsii.String("free"), &zec.DataZecNicsConfig{
		RegionId:  jsii.String("asia-east-1"),
		Status:    jsii.String("AVAILABLE"),
		DependsOn: &attachments,
	})

	cdktf.NewTerraformOutput(stack, jsii.String("attachments"), &cdktf.TerraformOutputConfig{Value: ids})
	cdktf.NewTerraformOutput(stack, jsii.String("mac-addresses"), &cdktf.TerraformOutputConfig{Value: macAddresses})
	cdktf.NewTerraformOutput(stack, jsii.String("free-nics"), &cdktf.TerraformOutputConfig{Value: free.NicIds()})

	app.Synth()
}
