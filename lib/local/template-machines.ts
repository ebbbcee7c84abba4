// The template's state machines, with the substitutions of their definition filled in. Serves only what has no logs and no
// traces of its own: those would need grants that nobody checks here.

import type { MachineSpec } from "./aws/contract.ts";
import { TemplateError } from "./members.ts";
import type { Resource, ResourcesOf } from "./template.ts";

export interface Machines {
  readonly machines: readonly MachineSpec[];
}

export function readMachines(resourcesOf: ResourcesOf): Machines {
  return { machines: resourcesOf("AWS::StepFunctions::StateMachine").map(readMachine) };
}

function readMachine({ ref, attributes, properties }: Resource): MachineSpec {
  properties.ignore("StateMachineName", "Tags");
  properties.only("StateMachineType", "STANDARD");
  const substitutions = properties.textMap("DefinitionSubstitutions");
  const definition = properties
    .text("DefinitionString")
    .replace(/\$\{([\w.-]+)\}/g, (whole, name: string) => {
      const value = Object.hasOwn(substitutions, name) ? substitutions[name] : undefined;
      if (value === undefined)
        throw new TemplateError(properties.path, `has nothing to put for \`${whole}\``);
      return value;
    });
  const spec = { name: attributes.Name ?? "", arn: ref, roleArn: properties.text("RoleArn"), definition };
  properties.done();
  return spec;
}
