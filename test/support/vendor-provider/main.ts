import { serve } from '../../../lib/plugin';
import { vendorProvider } from './provider';

void serve(() => Promise.resolve(vendorProvider));
