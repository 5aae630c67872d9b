package main

import (
	"fmt"

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

	var ids []*string
	for _, machine := range fleet {
		for _, nic := range machine.nics {
			attachment := zec.NewNicAttachment(stack, jsii.String(fmt.Sprintf("%s-%s", machine.name, nic.purpose)),
				&zec.NicAttachmentProps{NicId: jsii.String(nic.id), InstanceId: jsii.String(machine.instanceID)})
			ids = append(ids, attachment.Id())
		}
	}

	cdktf.NewTerraformOutput(stack, jsii.String("attachments"), &cdktf.TerraformOutputConfig{Value: ids})

	app.Synth()
}
