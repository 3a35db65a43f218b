/*
 * What is to be done after a key: what the screen asks of the loop that drives it.
 */
#ifndef STOP_UI_VERDICT_H
#define STOP_UI_VERDICT_H

enum verdict {
	VERDICT_NONE,        /* nothing: the key was not for anybody */
	VERDICT_REDRAW,      /* draw: what is shown has changed, the report has not */
	VERDICT_REPORT,      /* make a report for the view, which has changed; then draw */
	VERDICT_REPAINT,     /* draw, and send every cell anew */
	VERDICT_SNAPSHOT,    /* write one, and say where with screen_message() */
	VERDICT_SAVE_STACKS, /* write the stacks that are shown, and say where */
	VERDICT_MARK,        /* count from now, or from the beginning again */
	VERDICT_SIGNAL,      /* send the signal of screen_request(), and say so */
	VERDICT_SETTINGS,    /* use screen_settings() from now on */
	VERDICT_SAVE,        /* the same, and write them where they are found the next time */
	VERDICT_SUSPEND,     /* as the shell's ^Z */
	VERDICT_QUIT,        /* leave; a command that was started goes on */
	VERDICT_END,         /* end the command that was started, then leave */
};

#endif
