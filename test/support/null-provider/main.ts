import { serve } from '../../../lib/plugin';
import { nullResourceProvider } from './provider';

void serve(() => Promise.resolve(nullResourceProvider));
