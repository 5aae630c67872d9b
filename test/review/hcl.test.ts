import { reviewOf, reviewText } from '../../lib/review';
import { readPlan } from '../../lib/terraform';
import { Deployment } from '../e2e/deployment';
import { describeWithTerraform } from '../support/terraform';
import { BASE, declaring, PROVIDER, TERRAFORM_DATA, WORLD } from './plans';

describeWithTerraform('the review of a stack that is synthesized as HCL', () => {
  test.each([PROVIDER, TERRAFORM_DATA])('is the same as of JSON: $name', async (flavour) => {
    const deployment = await Deployment.fast(WORLD, {});
    const reviews = [];
    for (const format of ['JSON', 'HCL'] as const) {
      const stack = deployment.secondStack();
      stack.synth(declaring(flavour, BASE), format);
      const review = reviewOf(readPlan(Buffer.from(await stack.savedPlan())), undefined);
      reviews.push(reviewText(review, (_, text) => text));
      stack.remove();
    }
    await deployment.close();
    expect(reviews[0]).toContain('Attachments: 4 attach');
    expect(reviews[1]).toBe(reviews[0]);
  });
});
