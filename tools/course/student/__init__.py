"""The commands of somebody who works through the exercises."""
